import { createHash } from 'node:crypto';
import type { Line } from './lines.js';

/** How many bytes of the hash the digest has: as many as fit into an integer of JavaScript. */
const BYTES = 6;

/** A digest of all lines of an input up to one of them. */
export class LineDigest {
  private readonly hash = createHash('sha256');

  /** Adds those lines of a record that are not before `from` and not after `to`: a row of a CSV file may have several lines. */
  add({ text, number }: Line, from: number, to: number): void {
    const lines = text.split('\n').slice(Math.max(0, from - number), to - number + 1);
    this.hash.update(`${lines.join('\n')}\n`);
  }

  /** The digest of the lines so far, an integer below 2^48. */
  get value(): number {
    return this.hash.copy().digest().readUIntBE(0, BYTES);
  }
}
