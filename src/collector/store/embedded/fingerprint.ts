import { randomInt } from 'node:crypto';

/** Random for each process. A sender who knew it could choose many texts with the same number, and make lookups in a Map slow. */
const SALT = randomInt(2 ** 32);

/**
 * A number for a text, as the key of a Map: FNV-1a (https://datatracker.ietf.org/doc/draft-eastlake-fnv/) with a secret start, and with a
 * rotation after each character. Without the rotation the lowest byte of the secret alone decides which texts have the same number. A text
 * as the key would be put into the engine's table of texts at each lookup. Two texts may have the same number, so the caller has to compare
 * the text.
 */
export function fingerprint(text: string, salt = SALT): number {
  let value = salt | 0;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
    value = (value << 13) | (value >>> 19);
  }
  return value;
}
