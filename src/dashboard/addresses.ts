/** Shorter names for addresses of pages. */

/** `https://shop.example` of `https://shop.example/a`; empty for a value without it. */
export const originOf = (value: string): string => /^https?:\/\/[^/?#]+(?=\/)/.exec(value)?.[0] ?? '';

/**
 * Leaves out the scheme and the host of values, if they are the same for all of them: on a phone there would be space for nothing
 * else. @param values null and undefined have no text
 */
export function withoutSharedOrigin(values: readonly (string | null | undefined)[]): <V>(value: V) => V | string {
  const texts = values.filter((value) => typeof value === 'string');
  const origin = originOf(texts[0] ?? '');
  const isShared = origin !== '' && texts.length > 1 && texts.every((text) => originOf(text) === origin);
  return (value) => (isShared && typeof value === 'string' ? value.slice(origin.length) : value);
}
