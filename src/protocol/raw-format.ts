import { isFieldName } from './fields.js';
import type { AcceptedHit } from './interpret.js';
import { HIT_ID, NAME, PERSON, TIME } from './parameters.js';
import { inPieces } from './pieces.js';

/*
 * The raw export of the reference (docs/reference.md#8.6): one hit a line, an object in JSON with `_p`, `_t` (Unix seconds, UTC),
 * `_n` for events, `_p2` for aliases, `_i` where the hit had an id, and the properties as further members. A property
 * with the name of one of these is left out: it would change what the line means, and could tie strangers together.
 */

/** The other identity of an alias. */
export const ALIAS = '_p2';

/** The parts of a hit that the raw export contains. */
export type RawHit = Pick<AcceptedHit, 'person' | 'time' | 'kind' | 'name' | 'id' | 'properties'>;

/** The raw export, in pieces of many lines. */
export function rawLines(hits: AsyncIterable<RawHit>): AsyncGenerator<string> {
  return inPieces(hits, rawLine);
}

/** A line of the raw export. */
export function rawLine(hit: RawHit): string {
  const members: [string, unknown][] = [
    [PERSON, hit.person],
    [TIME, hit.time],
  ];
  if (hit.kind === 'event') members.push([NAME, hit.name]);
  if (hit.kind === 'alias') members.push([ALIAS, hit.name]);
  if (hit.id !== null) members.push([HIT_ID, hit.id]);
  for (const property of hit.properties) if (isPropertyName(property[0])) members.push(property);
  return JSON.stringify(Object.fromEntries(members)) + '\n';
}

/** The members of a line that are properties. */
export function rawProperties(members: Record<string, unknown>): [name: string, value: unknown][] {
  return Object.entries(members).filter(([name]) => isPropertyName(name));
}

function isPropertyName(name: string): boolean {
  return name !== ALIAS && !isFieldName(name);
}

/** A field of a line, such as `_p`, as text; undefined if it is missing, null or an object. */
export function rawField(members: Record<string, unknown>, name: string): string | undefined {
  if (!Object.hasOwn(members, name) || members[name] === null) return undefined;
  return rawText(members[name]);
}

/** A value as a page would have sent it (docs/reference.md#3.1); undefined for an object. */
export function rawText(value: unknown): string | undefined {
  if (value === null) return '';
  if (Array.isArray(value)) {
    return value.some((item) => typeof item === 'object' && item !== null) ? undefined : value.join(',');
  }
  return typeof value === 'object' ? undefined : String(value);
}
