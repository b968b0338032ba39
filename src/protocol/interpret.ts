import type { Query } from './decode.js';
import { EARLIEST_TIME, HIT_ID_CHARACTERS, MOST_AGE, NAME_CHARACTERS, SECONDS_AHEAD, VALUE_BYTES } from './limits.js';
import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from './parameters.js';
import { cutName, cutValue, foldName, isLongName, isLongValue, plainName } from './text.js';

export type Kind = 'event' | 'properties' | 'alias';

/** A hit as the specification understands it: every rule about names, values and times applied. */
export interface AcceptedHit {
  kind: Kind;
  key: string;
  person: string;
  /** The event, or in an alias the other identity; null where properties alone are set. */
  name: string | null;
  /** When it happened, Unix seconds: `_t` of a dated hit, else the time of arrival less its age. */
  time: number;
  /** `_t` as sent, dated or not: what tells repeats of one hit (reference section 8.4); null without one. */
  sent: number | null;
  id: string | null;
  properties: [name: string, value: string][];
  /** What was mended, in sentences for the site's owner. */
  warnings: string[];
}

/** A hit that cannot be kept, and why, in a sentence for the site's owner. */
export interface RefusedHit {
  key: string | null;
  reason: string;
}

const KINDS: Record<Path, Kind> = { '/e': 'event', '/s': 'properties', '/a': 'alias' };

/** Identities that are nobody's: whoever sends one is merged with all others who do (reference section 8.5). */
const PLACEHOLDERS = new Set([
  'anonymous',
  'guest',
  'none',
  'null',
  'nil',
  'missing',
  'undefined',
  'nan',
  'false',
  'true',
  '0',
  '[object object]',
]);

/** Ten thousand faulty parameters need no ten thousand sentences. */
const MOST_WARNINGS = 20;

/**
 * Applies the rules of the specification to one request (reference sections 8.1 to 8.5).
 * @param received Unix seconds by the collector's clock
 */
export function interpret(path: Path, query: Query, received: number): AcceptedHit | RefusedHit {
  const kind = KINDS[path];
  const warnings: string[] = [];
  const fields = new Map<string, string>();
  const properties = new Map<string, [string, string]>();

  if (!query.wellFormed)
    warnings.push('The request is not well-formed UTF-8 in percent-encoding; it was read as far as it could be.');
  for (const [name, value] of query.pairs) {
    if (isField(name)) {
      if (fields.has(name) && fields.get(name) !== value)
        warnings.push(`${name} was sent more than once; the last one counts.`);
      fields.set(name, value);
    } else {
      addProperty(properties, name, value, warnings);
    }
  }

  const key = fields.get(KEY) || null;
  const refuse = (reason: string): RefusedHit => ({ key, reason });
  if (key === null) return refuse('No key: _k is missing or empty.');
  if (isLongName(key)) return { key: null, reason: `The key is longer than ${NAME_CHARACTERS} characters.` };

  const person = fields.get(PERSON) ?? '';
  const sentName = fields.get(NAME) ?? '';
  let name: string | null = null;
  const personFault = identityFault(PERSON, person, warnings);
  if (personFault) return refuse(personFault);
  if (kind === 'alias') {
    const nameFault = identityFault(NAME, sentName, warnings);
    if (nameFault) return refuse(nameFault);
    if (sentName === person) warnings.push('An alias of an identity to itself changes nothing.');
    name = sentName;
  } else if (kind === 'event') {
    name = mendName(sentName, 'event', warnings);
    if (name.trim() === '') return refuse('No name: _n, the name of the event, is missing or blank.');
  } else if (properties.size === 0) {
    return refuse('Nothing to set: the request has no property.');
  }

  const time = hitTime(fields, received, warnings);
  if (time.happened < EARLIEST_TIME) return refuse('_t lies before 2009-01-01, the earliest time that is stored.');
  return {
    kind,
    key,
    person,
    name,
    time: time.happened,
    sent: time.sent,
    id: hitId(fields.get(HIT_ID), warnings),
    properties: [...properties.values()],
    warnings: shorten(warnings),
  };
}

function isField(name: string): boolean {
  return (
    name.length === 2 &&
    (name === KEY ||
      name === PERSON ||
      name === NAME ||
      name === TIME ||
      name === DATED ||
      name === HIT_ID ||
      name === AGE)
  );
}

function addProperty(
  into: Map<string, [string, string]>,
  sentName: string,
  sentValue: string,
  warnings: string[],
): void {
  const name = mendName(sentName, 'property', warnings);
  if (name.trim() === '') {
    warnings.push('A property without a name was left out.');
    return;
  }
  let value = sentValue;
  if (isLongValue(value)) {
    value = cutValue(value);
    warnings.push(`The value of “${name}” was cut at ${VALUE_BYTES} bytes.`);
  }
  const folded = foldName(name);
  const earlier = into.get(folded);
  if (earlier && earlier[1] !== value)
    warnings.push(`The property “${name}” was sent more than once; the last one counts.`);
  into.set(folded, [name, value]);
}

function mendName(sent: string, what: string, warnings: string[]): string {
  const name = plainName(sent);
  if (!isLongName(name)) return name;
  const cut = cutName(name);
  warnings.push(`The ${what} name “${cutName(name).slice(0, 40)}…” was cut at ${NAME_CHARACTERS} characters.`);
  return cut;
}

/** Cut, a long identity could be somebody else's, and strangers would be merged for good: it is refused. */
function identityFault(parameter: string, identity: string, warnings: string[]): string | undefined {
  const role = parameter === PERSON ? 'person' : 'second identity';
  if (identity.trim() === '') return `No ${role}: ${parameter} is missing or blank.`;
  if (isLongName(identity)) return `The identity in ${parameter} is longer than ${NAME_CHARACTERS} characters.`;
  if (PLACEHOLDERS.has(identity.toLowerCase())) {
    warnings.push(`The identity “${identity}” looks like a placeholder: all who are given it become one person.`);
  }
  return undefined;
}

function hitTime(
  fields: Map<string, string>,
  received: number,
  warnings: string[],
): { happened: number; sent: number | null } {
  const arrived = received - age(fields.get(AGE), warnings);
  const text = fields.get(TIME);
  const dated = fields.get(DATED) === '1';
  if (text === undefined) {
    if (dated) warnings.push('_d=1 without _t: the time of arrival counts.');
    return { happened: arrived, sent: null };
  }
  const sent = /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Math.floor(Number(text)) : NaN;
  if (!Number.isSafeInteger(sent)) {
    warnings.push('_t is not a number of seconds; the time of arrival counts.');
    return { happened: arrived, sent: null };
  }
  if (!dated) return { happened: arrived, sent };
  if (sent <= received + SECONDS_AHEAD) return { happened: sent, sent };
  warnings.push('_t lies more than a day ahead; the time of arrival counts.');
  return { happened: arrived, sent };
}

function age(text: string | undefined, warnings: string[]): number {
  if (text === undefined) return 0;
  if (/^\d{1,12}$/.test(text) && Number(text) <= MOST_AGE) return Number(text);
  warnings.push('_a is no age that a hit can have; the time of arrival counts.');
  return 0;
}

function hitId(id: string | undefined, warnings: string[]): string | null {
  if (!id) return null;
  if (id.length <= HIT_ID_CHARACTERS) return id;
  warnings.push(`The hit id is longer than ${HIT_ID_CHARACTERS} characters; it was left out.`);
  return null;
}

function shorten(warnings: string[]): string[] {
  if (warnings.length <= MOST_WARNINGS) return warnings;
  return [...warnings.slice(0, MOST_WARNINGS), `And ${warnings.length - MOST_WARNINGS} more.`];
}
