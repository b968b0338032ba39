import { hash } from 'node:crypto';

/** Hexadecimal digits of the hash: 48 bits, of which one is left out, so that it is an exact number and takes six bytes in SQLite. */
const DIGITS = 12;

/** What the index has of a hit without an id. */
export const NO_HASH = 0;

/**
 * A hit's id as the index by identity has it: the beginning of its SHA-256. Who chooses ids cannot choose many of one hash,
 * so a look by hash finds one row, or none; and the row is compared.
 */
export function hashOfId(hitId: string | null): number {
  return hitId === null ? NO_HASH : Math.floor(parseInt(hash('sha256', hitId, 'hex').slice(0, DIGITS), 16) / 2);
}
