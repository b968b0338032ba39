/** Addresses of pages as a reader wants them. */

const ADDRESS = /^(https?:\/\/|\/)/i;
const ESCAPED = /(?:%[89a-f][0-9a-f])+/gi;
/** Letters, digits, signs, and the two characters that join or separate letters, without four letters and signs that are blank. */
const VISIBLE = /^(?![^]*[\u115f\u1160\u2800\u3164])[\p{L}\p{M}\p{N}\p{P}\p{S}\u200c\u200d]+$/u;

/**
 * `https://shop.example/чай` of `https://shop.example/%D1%87%D0%B0%D0%B9`, as browsers show it. Escapes of ASCII stay: they are spaces,
 * or signs that have a meaning in an address. So does what cannot be seen, or is not UTF-8.
 */
export function readable(text: string): string {
  if (!ADDRESS.test(text)) return text;
  return text.replace(ESCAPED, (escaped) => {
    try {
      const letters = decodeURIComponent(escaped);
      return VISIBLE.test(letters) ? letters : escaped;
    } catch {
      return escaped;
    }
  });
}

/** `https://shop.example` of `https://shop.example/a`; empty if the value is no such URL, or has no `/` after the host. */
export const originOf = (value: string): string => /^https?:\/\/[^/?#]+(?=\/)/.exec(value)?.[0] ?? '';

/**
 * Leaves out the scheme and the host of several values, if they are the same for all of them: on a phone there would be space for
 * nothing else. Addresses become readable. @param values null and undefined are ignored
 */
export function withoutSharedOrigin(values: readonly (string | null | undefined)[]): <V>(value: V) => V | string {
  const texts = values.filter((value) => typeof value === 'string');
  const origin = originOf(texts[0] ?? '');
  const isShared = origin !== '' && texts.length > 1 && texts.every((text) => originOf(text) === origin);
  return (value) => (typeof value === 'string' ? readable(value.slice(isShared ? origin.length : 0)) : value);
}
