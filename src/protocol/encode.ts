import type { Path } from './parameters.js';

/**
 * The text of one property value, or undefined where the value does not travel (reference section 3.1):
 * null is empty, whatever has a `join` is joined by commas, a date is ISO 8601 in UTC, other objects, functions and
 * dates that are none are left out, the rest is its own string.
 */
export function toText(value: unknown): string | undefined {
  if (value === null) return '';
  if (isDate(value)) return dateText(value);
  if (Object(value) !== value) return String(value);
  // Anything with a join, as in the original: arrays of other frames are arrays, too.
  const list = value as Partial<unknown[]>;
  return list.join && (list.map?.((item) => (isDate(item) ? dateText(item) : item)) ?? list).join();
}

/** By what it can do, as lists are. */
function isDate(value: unknown): value is Date {
  return !!(value as Partial<Date> | undefined)?.toISOString;
}

function dateText(date: Date): string | undefined {
  return isNaN(+date) ? undefined : date.toISOString();
}

/**
 * Percent-encodes as the reference has it (encodeURIComponent; a space is `%20`). Half of a surrogate
 * pair, which encodeURIComponent refuses, becomes U+FFFD as in every URL
 * (https://infra.spec.whatwg.org/#javascript-string-convert).
 */
export function percentEncode(text: string): string {
  // With the u flag a class of surrogates finds only the lone ones.
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}

/** Parameters as a query, in their order; what has no text is left out. */
export function encodeQuery(parameters: Record<string, unknown>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => {
      const text = toText(value);
      return text === undefined ? [] : percentEncode(name) + '=' + percentEncode(text);
    })
    .join('&');
}

/** The address of a hit below the collector's origin: path and query. */
export function encodeHit(path: Path, parameters: Record<string, unknown>): string {
  return path + '?' + encodeQuery(parameters);
}
