import type { Path } from './parameters.js';

/**
 * The text of one property value, or undefined if the value is not sent (docs/reference.md#3.1):
 * null is empty, an object with a method `join` is joined by commas, a date is ISO 8601 in UTC, other objects, functions and
 * invalid dates are not sent, anything else is converted to a string.
 */
export function toText(value: unknown): string | undefined {
  if (value === null) return '';
  if (Object(value) !== value) return String(value);
  // Recognized by their methods: arrays and dates of other frames are not instances of this frame's classes.
  const able = value as Partial<unknown[] & Date>;
  try {
    if (able.toISOString) return isNaN(value as number) ? undefined : able.toISOString();
    return able.join?.();
  } catch {
    // It is the window of another site, for example, or its member `join` is no method. The other properties are still sent.
    return undefined;
  }
}

/**
 * Percent-encodes as the reference says (encodeURIComponent; a space is `%20`). Half of a surrogate
 * pair, which encodeURIComponent refuses, becomes U+FFFD as in every URL
 * (https://infra.spec.whatwg.org/#javascript-string-convert).
 */
export function percentEncode(text: string): string {
  // With the u flag, a character class of surrogates matches only unpaired ones.
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}

/** Parameters as a query, in their order. Values for which `toText` returns undefined are left out. */
export function encodeQuery(parameters: Record<string, unknown>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => {
      const text = toText(value);
      return text === undefined ? [] : percentEncode(name) + '=' + percentEncode(text);
    })
    .join('&');
}

/** The URL of a hit without the collector's origin: path and query. */
export function encodeHit(path: Path, parameters: Record<string, unknown>): string {
  return path + '?' + encodeQuery(parameters);
}
