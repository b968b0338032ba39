import { DATED, HIT_ID, NAME, PERSON, TIME } from '../protocol/parameters.js';
import type { Reason } from '../protocol/reasons.js';
import { hitsOf, isFieldName, type LineReader, type Outcome } from './record.js';

/** The other identity of an alias (reference section 8.6). */
const ALIAS = '_p2';

/**
 * The original's raw export and JSON import, and kmq's own raw export (reference section 8.6): an object a line, `_p`,
 * `_t` in Unix seconds, `_n` for an event, `_p2` for an alias, and the properties as further members.
 */
export function rawReader(key: string, received: () => number): LineReader {
  return ({ text }) => {
    const members = parseObject(text);
    return typeof members === 'string' ? { reason: members } : read(members, key, received());
  };
}

function read(members: Record<string, unknown>, key: string, received: number): Outcome {
  const properties: [string, string][] = [];
  const warnings: Reason[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (name === ALIAS || name === DATED || isFieldName(name)) continue;
    const text = textOf(value);
    if (text === undefined) warnings.push(['nested-property', name.slice(0, 40)]);
    else properties.push([name, text]);
  }
  const field = (name: string): string | undefined => {
    if (!Object.hasOwn(members, name) || members[name] === null) return undefined;
    return textOf(members[name]);
  };
  const telling = {
    person: field(PERSON) ?? '',
    time: field(TIME) ?? '',
    event: field(NAME),
    alias: field(ALIAS),
    id: field(HIT_ID),
    properties,
    warnings,
  };
  return hitsOf(telling, key, received);
}

/** A value as a page would have sent it (reference section 3.1); undefined for an object. */
function textOf(value: unknown): string | undefined {
  if (value === null) return '';
  if (Array.isArray(value)) {
    return value.some((item) => typeof item === 'object' && item !== null) ? undefined : value.join(',');
  }
  return typeof value === 'object' ? undefined : String(value);
}

/** May be a number in a string: then nothing is changed. */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.eE+-]{15}/;

/** An object, or the reason why the line is none. Of members of one name the last counts. */
export function parseObject(text: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = JSON.parse(LONG_NUMBER.test(text) ? quoteLongNumbers(text) : text);
  } catch (error) {
    return `The line is no JSON: ${(error as Error).message.slice(0, 120)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The line is no JSON object.';
  return value as Record<string, unknown>;
}

/** As a number of JavaScript, an order's number of 20 digits would lose the last four. */
function quoteLongNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
