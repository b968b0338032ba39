/**
 * A number for a text (FNV-1a, https://datatracker.ietf.org/doc/draft-eastlake-fnv/), by which a Map finds what is remembered of it:
 * a text as the key would be put into the engine's table of texts with each look. Two texts may have the same number, so whoever
 * remembers compares the text.
 */
export function fingerprint(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
