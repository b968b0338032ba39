import { isHeld } from '../protocol/numbers.js';
import { withStrings } from './json-strings.js';
import { repair } from './repair.js';

/** The members of a line that is an object. */
export interface LineObject {
  members: Record<string, unknown>;
  /** Whether the line was no JSON, and was read as what it must have meant. */
  repaired: boolean;
  /** Whether a text has escapes of bytes that are not UTF-8 in it, which stand there as they came. */
  isDamaged: (text: string) => boolean;
}

/** Where a number may be that JavaScript would change; it may stand in a string, and then nothing is changed. */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.eE+-]{15}|\d[eE][+-]?\d\d/;
const NUMBER = /-?\d[\d.eE+-]*/g;

/** An object, or the reason why the line is none. Of members of one name the last counts. */
export function parseObject(text: string): Record<string, unknown> | string {
  try {
    return objectIn(text) ?? NO_OBJECT;
  } catch (error) {
    return noJson(text, error);
  }
}

/** Like parseObject; what is no JSON is read once more leniently, as other programs have written it. */
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

const NO_OBJECT = 'The line is no JSON object.';

function noJson(text: string, error: unknown): string {
  const hint = text.includes('\r')
    ? ' It contains a carriage return: if that was a line break, convert the file, for example with tr "\\r" "\\n".'
    : '';
  return `The line is no JSON: ${(error as Error).message.slice(0, 120)}${hint}`;
}

/** @throws SyntaxError for what is no JSON */
function objectIn(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(LONG_NUMBER.test(text) ? quoteLongNumbers(text) : text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** What JavaScript cannot hold becomes a text, as it is written. */
function quoteLongNumbers(text: string): string {
  return withStrings(text, {
    between: (part) => part.replace(NUMBER, (number) => (isHeld(number) ? number : `"${number}"`)),
    string: (part) => part,
  });
}
