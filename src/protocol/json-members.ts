import { isHeld } from './numbers.js';

/** A value as a page would have sent it (docs/reference.md#3.1); null for null, undefined for an object or nested lists. */
export type MemberText = string | null | undefined;

/**
 * The members of a JSON object in their order, repeats included, with values as text. A number that JavaScript cannot
 * represent exactly stays as it is written.
 * @returns undefined for text that is not JSON, or not an object
 */
export function jsonMembers(text: string): [name: string, value: MemberText][] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return partsOf(text.trim()).map((part) => {
    const nameEnd = stringEnd(part, 0);
    const name = JSON.parse(part.slice(0, nameEnd)) as string;
    return [name, textOf(part.slice(part.indexOf(':', nameEnd) + 1).trim())];
  });
}

function textOf(json: string): MemberText {
  switch (json[0]) {
    case '"':
      return JSON.parse(json) as string;
    case 'n':
      return null;
    case 't':
    case 'f':
      return json;
    case '{':
      return undefined;
    case '[': {
      const items = partsOf(json);
      return items.some((item) => item[0] === '[' || item[0] === '{') ? undefined : items.map(textOf).join(',');
    }
    default:
      return isHeld(json) ? String(Number(json)) : json;
  }
}

/** The texts between the commas of an object or a list. The JSON must be well-formed. */
function partsOf(json: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') at = stringEnd(json, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > 1 || (depth === 1 && character !== ',')) continue;
    const part = json.slice(start, at).trim();
    if (part !== '') parts.push(part);
    start = at + 1;
  }
  return parts;
}

/** The index after a string's closing quote. @param start index of its opening quote */
function stringEnd(json: string, start: number): number {
  let quote = json.indexOf('"', start + 1);
  while (isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(json: string, quote: number): boolean {
  let backslashes = 0;
  while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
