import { nanoid } from 'nanoid';
import { encodeHit } from '../protocol/encode.js';
import { createHitId } from '../protocol/hit-id.js';
import { EARLIEST_TIME, HIT_ID_CHARACTERS, NAME_CHARACTERS, REQUEST_BYTES } from '../protocol/limits.js';
import { AGE, DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../protocol/parameters.js';
import { cutValue, isLongName, isLongValue } from '../protocol/text.js';

/** Half of a request, so that nearly any two hits fit into one. */
const MOST_CHARACTERS = REQUEST_BYTES / 2;

const FIELDS = [KEY, PERSON, NAME, AGE];

/** When the latest hit was made, and how many hits were made before it in the same millisecond. */
let latest = 0;
let count = 0;

/**
 * A call as the URL of a hit. It contains the time of the call, which counts however late the hit is sent, and an id, so that
 * the hit counts once however often it is sent. Ids begin with the time, so that hits of one second keep their order.
 * @throws TypeError, with a reason, for an invalid person, name, property or time, and for a hit that would be another person's
 */
export function toHit(
  path: Path,
  key: string,
  person: unknown,
  name: unknown,
  properties: unknown,
  now: number,
): string {
  const fields: Record<string, unknown> = { [KEY]: key, [PERSON]: identity(person, 'person') };
  if (path === '/a') fields[NAME] = identity(name, 'other identity');
  if (path === '/e') fields[NAME] = text(name, 'name of the event');
  const given = ownProperties(properties);
  if (path === '/s' && !Object.keys(given).some((property) => !isMoment(property)))
    throw new TypeError('nothing to set: there is no property');
  const address = encodeHit(path, {
    ...fields,
    [TIME]: Math.floor(now / 1000),
    [DATED]: 1,
    [HIT_ID]: createHitId(now, placeIn(now), nanoid(10)),
    ...given,
  });
  if (address.length > MOST_CHARACTERS) throw new TypeError(`a hit of ${address.length} characters is too long`);
  return address;
}

/**
 * How many hits were made in this millisecond before. A counter that goes on would begin again within a millisecond, and the
 * hits after that would sort before the hits before it.
 */
function placeIn(now: number): number {
  count = now === latest ? count + 1 : 0;
  latest = now;
  return count;
}

/** A text that is not empty. Numbers are accepted, since ids often are numbers. */
function text(value: unknown, what: string): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') {
    const given = typeof value === 'number' ? value : typeof value;
    throw new TypeError(`the ${what} must be a string or a finite number, not ${given}`);
  }
  if (value.trim() === '') throw new TypeError(`the ${what} is blank`);
  return value;
}

function identity(value: unknown, what: string): string {
  const id = text(value, what);
  acceptable(id, what);
  return id;
}

/** @throws TypeError for a key or an identity that is too long, or that the collector would store as another one */
export function acceptable(text: string, what: string): void {
  if (isLongName(text)) throw new TypeError(`the ${what} is longer than ${NAME_CHARACTERS} characters`);
  wellFormed(text, what);
}

/** Refuses an unpaired surrogate: it would be sent as U+FFFD, and the identities of two people could become the same. */
function wellFormed(text: string, what: string): void {
  if (/[\ud800-\udfff]/u.test(text)) throw new TypeError(`the ${what} contains half of a surrogate pair`);
}

/** Whether a property sets the time or the id of the hit. */
function isMoment(name: string): boolean {
  return name === TIME || name === DATED || name === HIT_ID;
}

/** @throws TypeError for what the collector would leave out: then the hit would have another time, or each repeat would count */
function moment(name: string, value: unknown): unknown {
  if (name === TIME) return seconds(value);
  if (name === HIT_ID) return hitId(value);
  // Code for KISSmetrics sends it beside `_t`. Here `_t` is always the time of the hit.
  if (value !== 1 && value !== '1') throw new TypeError(`${DATED} must be 1, or left out`);
  return value;
}

function hitId(value: unknown): string {
  const what = 'hit id';
  const id = text(value, what);
  if (id.length > HIT_ID_CHARACTERS) throw new TypeError(`the ${what} is longer than ${HIT_ID_CHARACTERS} characters`);
  wellFormed(id, what);
  if (id.includes('\ufffd'))
    throw new TypeError(`the ${what} contains U+FFFD, the sign for bytes that could not be read`);
  return id;
}

/** Whether a time is in the future is left to the collector, since this machine's clock may be wrong. */
function seconds(value: unknown): number {
  const given = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof given === 'number' && given >= EARLIEST_TIME && given < EARLIEST_TIME * 1000) return Math.floor(given);
  const what = typeof given === 'number' ? given : typeof given;
  throw new TypeError(`${TIME} must be a time from 2009 on in Unix seconds (not milliseconds), not ${what}`);
}

function ownProperties(properties: unknown): Record<string, unknown> {
  if (properties === undefined || properties === null) return {};
  if (typeof properties !== 'object' || Array.isArray(properties)) throw new TypeError('properties must be an object');
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    // Properties may come from a visitor, who must not be able to set the person.
    if (FIELDS.includes(name)) throw new TypeError(`${name} cannot be the name of a property`);
    if (value === undefined) continue;
    if (isMoment(name)) {
      // As in a body of JSON, null means that there is none.
      if (value !== null) given[name] = moment(name, value);
      continue;
    }
    // The collector would cut it as well, but a hundred long values would not fit into a request.
    given[name] = typeof value === 'string' && isLongValue(value) ? cutValue(value) : value;
  }
  return given;
}
