import type { Query } from './decode.js';
import { isFieldName } from './fields.js';
import { EARLIEST_TIME, HIT_ID_CHARACTERS, MOST_AGE, SECONDS_AHEAD } from './limits.js';
import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from './parameters.js';
import type { Reason, StoredReason } from './reasons.js';
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
  /** What the site's owner is warned of. */
  warnings: StoredReason[];
}

/** A hit that cannot be kept, and why, for the site's owner. */
export interface RefusedHit {
  key: string | null;
  reason: Reason;
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

/** Ten thousand faulty parameters need no ten thousand warnings. */
const MOST_WARNINGS = 20;

/**
 * Applies the rules of the specification to one request (reference sections 8.1 to 8.5).
 * @param received Unix seconds by the collector's clock
 */
export function interpret(path: Path, query: Query, received: number): AcceptedHit | RefusedHit {
  const kind = KINDS[path];
  const warnings: Reason[] = [];
  const fields = new Map<string, string>();
  const properties = new Map<string, [string, string]>();

  if (!query.wellFormed) warnings.push(['not-utf8']);
  for (const [name, value] of query.pairs) {
    if (isFieldName(name)) {
      if (fields.has(name) && fields.get(name) !== value) warnings.push(['repeated-field', name]);
      fields.set(name, value);
    } else {
      addProperty(properties, name, value, warnings);
    }
  }

  const key = fields.get(KEY) || null;
  const refuse = (...reason: Reason): RefusedHit => ({ key, reason });
  if (key === null) return refuse('no-key');
  if (isLongName(key)) return { key: null, reason: ['long-key'] };

  const person = fields.get(PERSON) ?? '';
  const sentName = fields.get(NAME) ?? '';
  let name: string | null = null;
  const personFault = identityFault(PERSON, person, warnings);
  if (personFault) return refuse(...personFault);
  if (kind === 'alias') {
    const nameFault = identityFault(NAME, sentName, warnings);
    if (nameFault) return refuse(...nameFault);
    if (sentName === person) warnings.push(['self-alias']);
    name = sentName;
  } else if (kind === 'event') {
    name = mendName(sentName, 'event', warnings);
    if (name.trim() === '') return refuse('no-name');
  } else if (properties.size === 0) {
    return refuse('no-properties');
  }

  const time = hitTime(fields, received, warnings);
  if (time.happened < EARLIEST_TIME) return refuse('too-old');
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

function addProperty(
  into: Map<string, [string, string]>,
  sentName: string,
  sentValue: string,
  warnings: Reason[],
): void {
  const name = mendName(sentName, 'property', warnings);
  if (name.trim() === '') {
    warnings.push(['unnamed-property']);
    return;
  }
  let value = sentValue;
  if (isLongValue(value)) {
    value = cutValue(value);
    warnings.push(['long-value', name]);
  }
  const folded = foldName(name);
  const earlier = into.get(folded);
  if (earlier && earlier[1] !== value) warnings.push(['repeated-property', name]);
  into.set(folded, [name, value]);
}

function mendName(sent: string, what: string, warnings: Reason[]): string {
  const name = plainName(sent);
  if (!isLongName(name)) return name;
  const cut = cutName(name);
  warnings.push(['long-name', what, cut.slice(0, 40)]);
  return cut;
}

/** Cut, a long identity could be somebody else's, and strangers would be merged for good: it is refused. */
function identityFault(parameter: string, identity: string, warnings: Reason[]): Reason | undefined {
  const role = parameter === PERSON ? 'person' : 'second identity';
  if (identity.trim() === '') return ['no-person', role, parameter];
  if (isLongName(identity)) return ['long-identity', parameter];
  if (PLACEHOLDERS.has(identity.toLowerCase())) {
    warnings.push(['placeholder-identity', identity]);
  }
  return undefined;
}

function hitTime(
  fields: Map<string, string>,
  received: number,
  warnings: Reason[],
): { happened: number; sent: number | null } {
  const arrived = received - age(fields.get(AGE), warnings);
  const text = fields.get(TIME);
  const dated = fields.get(DATED) === '1';
  if (text === undefined) {
    if (dated) warnings.push(['dated-without-time']);
    return { happened: arrived, sent: null };
  }
  const sent = /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Math.floor(Number(text)) : NaN;
  if (!Number.isSafeInteger(sent)) {
    warnings.push(['bad-time']);
    return { happened: arrived, sent: null };
  }
  if (!dated) return { happened: arrived, sent };
  if (sent <= received + SECONDS_AHEAD) return { happened: sent, sent };
  warnings.push(['future-time']);
  return { happened: arrived, sent };
}

function age(text: string | undefined, warnings: Reason[]): number {
  if (text === undefined) return 0;
  if (/^\d{1,12}$/.test(text) && Number(text) <= MOST_AGE) return Number(text);
  warnings.push(['bad-age']);
  return 0;
}

function hitId(id: string | undefined, warnings: Reason[]): string | null {
  if (!id) return null;
  if (id.length <= HIT_ID_CHARACTERS) return id;
  warnings.push(['long-hit-id']);
  return null;
}

function shorten(warnings: Reason[]): Reason[] {
  if (warnings.length <= MOST_WARNINGS) return warnings;
  return [...warnings.slice(0, MOST_WARNINGS), ['more-warnings', String(warnings.length - MOST_WARNINGS)]];
}
