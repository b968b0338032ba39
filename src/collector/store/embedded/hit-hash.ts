import { hash } from 'node:crypto';

/** Hexadecimal digits of the hash: 48 bits. One bit is left out, so that the number takes six bytes in SQLite. */
const DIGITS = 12;

/** The hash of a hit without an id. */
export const NO_HASH = 0;

/**
 * The hash of a hit's id for the index by identity: the beginning of its SHA-256. Nobody can find many ids with one hash, so a
 * lookup finds hardly ever more than one row. The id in the row is then compared.
 */
export function hashOfId(hitId: string | null): number {
  return hitId === null ? NO_HASH : Math.floor(parseInt(hash('sha256', hitId, 'hex').slice(0, DIGITS), 16) / 2);
}
