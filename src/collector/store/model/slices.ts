import { setImmediate as turn } from 'node:timers/promises';

/** How long work may block its thread without a pause. Arriving requests wait no longer than this. */
const SLICE_MS = 10;

/** Splits long work into slices of time, if the cost of a piece is not known. */
export class Slices {
  private until = performance.now() + SLICE_MS;

  /** Call this between two pieces. If the slice has ended, other work of the thread runs first. */
  async next(): Promise<void> {
    if (performance.now() < this.until) return;
    await turn();
    this.until = performance.now() + SLICE_MS;
  }
}
