import { randomInt } from 'node:crypto';

/** Of this process: what remembers by these numbers has rows as long as a sender likes who can tell which texts share one. */
const SALT = randomInt(2 ** 32);

/**
 * A number for a text (FNV-1a, https://datatracker.ietf.org/doc/draft-eastlake-fnv/, with a beginning that nobody knows), by which a
 * Map finds what is remembered of it: a text as the key would be put into the engine's table of texts with each look. Two texts may
 * have the same number, so whoever remembers compares the text.
 */
export function fingerprint(text: string): number {
  let value = SALT | 0;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
