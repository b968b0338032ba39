import type { Query } from './decode.js';
import { isFieldName } from './fields.js';
import { EARLIEST_TIME, HIT_ID_CHARACTERS, MOST_AGE, SECONDS_AHEAD } from './limits.js';
import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from './parameters.js';
import { isPlaceholder, PLACEHOLDERS, placeholderSet, type PlaceholderSet } from './placeholders.js';
import { mendName, Properties } from './properties.js';
import type { Reason, StoredReason } from './reasons.js';
import { isLongName } from './text.js';
import { Warnings } from './warnings.js';

export type Kind = 'event' | 'properties' | 'alias';

/** A hit after every rule about names, values and times was applied. */
export interface AcceptedHit {
  kind: Kind;
  key: string;
  person: string;
  /** The event, or in an alias the other identity; null if the hit only sets properties. */
  name: string | null;
  /** When it happened, Unix seconds: `_t` of a dated hit, else the time of arrival minus its age. */
  time: number;
  /** `_t` as sent, dated or not; repeats of a hit are found by it (docs/reference.md#8.4). Null if there is none. */
  sent: number | null;
  id: string | null;
  properties: [name: string, value: string][];
  /** Warnings for the site's owner. */
  warnings: StoredReason[];
}

/** A hit that is refused, and the reason for the site's owner. */
export interface RefusedHit {
  key: string | null;
  reason: Reason;
}

const KINDS: Record<Path, Kind> = { '/e': 'event', '/s': 'properties', '/a': 'alias' };

/** Rules that depend on the site, and on where a hit comes from. */
export interface Rules {
  /** The placeholders of a site, as `placeholderSet` makes them of its list. */
  placeholders: (key: string) => PlaceholderSet;
  /**
   * True for hits that kmq itself exported: a move to another store must lose nothing. The number of their properties and the size
   * of all together have no limit, unpaired surrogates stay in names and values, and U+FFFD is accepted in identities and ids. An
   * alias with a placeholder is refused all the same.
   */
  wasStored?: true;
}

const defaultPlaceholders = placeholderSet(PLACEHOLDERS);

/** The rules for a site without settings. */
export const DEFAULT_RULES: Rules = { placeholders: () => defaultPlaceholders };

/** The character that replaces bytes which decoding could not read. */
const REPLACEMENT = '\ufffd';

/** The parameters that are fields of the hit and not properties. */
interface Fields {
  values: Map<string, string>;
  /** Fields whose bytes could not be read, so that the value is not what was sent. Absent: none. */
  damaged?: Set<string>;
}

/**
 * Applies the rules of the reference to one request (docs/reference.md#8.1 to #8.5).
 * @param received Unix seconds by the collector's clock
 */
export function interpret(
  path: Path,
  query: Query,
  received: number,
  rules: Rules = DEFAULT_RULES,
): AcceptedHit | RefusedHit {
  const kind = KINDS[path];
  const warnings = new Warnings();
  const properties = new Properties(warnings, !rules.wasStored, query.leftOut ?? 0);
  const fields = readPairs(query, properties, warnings);
  const { values } = fields;

  const key = values.get(KEY) || null;
  const refuse = (...reason: Reason): RefusedHit => ({ key, reason });
  if (key === null) return refuse('no-key');
  if (isLongName(key)) return { key: null, reason: ['long-key'] };
  if (isDamaged(KEY, key, fields)) return { key: null, reason: ['damaged-key'] };

  const judge = (parameter: string): Reason | undefined =>
    identityFault(parameter, kind === 'alias', fields, rules, warnings);
  const person = values.get(PERSON) ?? '';
  const sentName = values.get(NAME) ?? '';
  let name: string | null = null;
  const personFault = judge(PERSON);
  if (personFault) return refuse(...personFault);
  if (kind === 'alias') {
    const nameFault = judge(NAME);
    if (nameFault) return refuse(...nameFault);
    if (sentName === person) warnings.add('self-alias');
    name = sentName;
  } else if (kind === 'event') {
    name = mendName(sentName, 'event', warnings, Boolean(rules.wasStored));
    if (name.trim() === '') return refuse('no-name');
  } else if (properties.isEmpty) {
    return refuse('no-properties');
  }

  const time = hitTime(values, received, warnings);
  if (time.happened < EARLIEST_TIME) return refuse('too-old');
  return {
    kind,
    key,
    person,
    name,
    time: time.happened,
    sent: time.sent,
    id: hitId(fields, rules, warnings),
    properties: properties.list(),
    warnings: warnings.list(),
  };
}

function readPairs({ pairs, wellFormed, damaged }: Query, properties: Properties, warnings: Warnings): Fields {
  if (!wellFormed) warnings.add('not-utf8');
  const fields: Fields = { values: new Map() };
  if (damaged) fields.damaged = new Set();
  for (let at = 0; at < pairs.length; at++) {
    const [name, value] = pairs[at]!;
    if (isFieldName(name)) {
      const earlier = fields.values.get(name);
      if (earlier !== undefined && earlier !== value) warnings.add('repeated-field', name);
      fields.values.set(name, value);
      // The last one counts: the mark of an earlier one is removed.
      if (damaged?.has(at)) fields.damaged!.add(name);
      else fields.damaged?.delete(name);
    } else {
      properties.add(name, value);
    }
  }
  return fields;
}

/**
 * Whether other bytes, or other halves of a surrogate pair, would have become the same text. This must not happen to identities
 * and ids: strangers would be merged for good, or a hit would be lost as the repeat of another.
 */
function isDamaged(parameter: string, text: string, { damaged }: Fields): boolean {
  return Boolean(damaged?.has(parameter)) || !text.isWellFormed();
}

function identityFault(
  parameter: string,
  inAlias: boolean,
  fields: Fields,
  { placeholders, wasStored }: Rules,
  warnings: Warnings,
): Reason | undefined {
  const identity = fields.values.get(parameter) ?? '';
  const role = parameter === PERSON ? 'person' : 'second identity';
  if (identity.trim() === '') return ['no-person', role, parameter];
  // If a long identity were cut, it could be somebody else's, and strangers would be merged for good.
  if (isLongName(identity)) return ['long-identity', parameter];
  if (isDamaged(parameter, identity, fields)) return ['damaged-identity', parameter];
  if (!wasStored && identity.includes(REPLACEMENT)) {
    // It was sent as this character, so it may be somebody's identity. But a program before the sender has damaged it.
    if (inAlias) return ['damaged-identity', parameter];
    warnings.add('replaced-identity', identity);
  }
  if (isPlaceholder(identity, placeholders(fields.values.get(KEY)!))) {
    if (inAlias) return ['placeholder-alias', identity];
    warnings.add('placeholder-identity', identity);
  }
  return undefined;
}

/** A number as programs write it, with a generous limit of characters; `1.7e9` is one as well. */
const NUMBER = /^\s*-?\d+(\.\d+)?(e[-+]?\d+)?\s*$/i;
const NUMBER_CHARACTERS = 100;

function hitTime(
  fields: Map<string, string>,
  received: number,
  warnings: Warnings,
): { happened: number; sent: number | null } {
  const arrived = received - age(fields.get(AGE), warnings);
  const text = fields.get(TIME);
  const dated = fields.get(DATED) === '1';
  if (text === undefined) {
    if (dated) warnings.add('dated-without-time');
    return { happened: arrived, sent: null };
  }
  const sent = text.length <= NUMBER_CHARACTERS && NUMBER.test(text) ? Math.floor(Number(text)) : NaN;
  if (!Number.isSafeInteger(sent)) {
    warnings.add('bad-time');
    return { happened: arrived, sent: null };
  }
  if (!dated) return { happened: arrived, sent };
  if (sent <= received + SECONDS_AHEAD) return { happened: sent, sent };
  warnings.add('future-time');
  return { happened: arrived, sent };
}

function age(text: string | undefined, warnings: Warnings): number {
  if (text === undefined) return 0;
  if (/^\d{1,12}$/.test(text) && Number(text) <= MOST_AGE) return Number(text);
  warnings.add('bad-age');
  return 0;
}

function hitId(fields: Fields, { wasStored }: Rules, warnings: Warnings): string | null {
  const id = fields.values.get(HIT_ID);
  if (!id) return null;
  if (id.length > HIT_ID_CHARACTERS) {
    warnings.add('long-hit-id');
    return null;
  }
  if (!isDamaged(HIT_ID, id, fields) && (wasStored || !id.includes(REPLACEMENT))) return id;
  warnings.add('damaged-hit-id');
  return null;
}
