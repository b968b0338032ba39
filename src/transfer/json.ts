import { isHeld } from '../protocol/numbers.js';
import { withStrings } from './json-strings.js';
import { repair } from './repair.js';

/** A line that was read as an object. */
export interface LineObject {
  members: Record<string, unknown>;
  /** Whether the line was not valid JSON, and was read leniently. */
  repaired: boolean;
  /** Whether a text contains escapes of bytes that are not UTF-8; they were not changed. */
  isDamaged: (text: string) => boolean;
}

/** Finds numbers that JavaScript might change. A match within a string is harmless. */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.eE+-]{15}|\d[eE][+-]?\d\d/;
const NUMBER = /-?\d[\d.eE+-]*/g;

/** An object, or the reason why the line is none. Of several members with one name, the last counts. */
export function parseObject(text: string): Record<string, unknown> | string {
  try {
    return objectIn(text) ?? NO_OBJECT;
  } catch (error) {
    return noJson(text, error);
  }
}

/** Like parseObject. A line that is not valid JSON is read once more leniently, by the habits of other programs. */
export function readObject(text: string): LineObject | string {
  try {
    const members = objectIn(text);
    return members ? { members, repaired: false, isDamaged: () => false } : NO_OBJECT;
  } catch (error) {
    const { json, isDamaged } = repair(text);
    try {
      const members = objectIn(json);
      return members ? { members, repaired: true, isDamaged } : NO_OBJECT;
    } catch {
      return noJson(text, error);
    }
  }
}

const NO_OBJECT = 'The line is not a JSON object.';

function noJson(text: string, error: unknown): string {
  const hint = text.includes('\r')
    ? ' It contains a carriage return: if that was a line break, convert the file, for example with tr "\\r" "\\n".'
    : '';
  return `The line is not valid JSON: ${(error as Error).message.slice(0, 120)}.${hint}`;
}

/** @throws SyntaxError for invalid JSON */
function objectIn(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(LONG_NUMBER.test(text) ? quoteLongNumbers(text) : text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** Makes texts of numbers that JavaScript cannot represent exactly. */
function quoteLongNumbers(text: string): string {
  return withStrings(text, {
    between: (part) => part.replace(NUMBER, (number) => (isHeld(number) ? number : `"${number}"`)),
    string: (part) => part,
  });
}
