import { setImmediate as turn } from 'node:timers/promises';

/** How long work may occupy its thread without a pause: arriving requests wait no longer than this. */
const SLICE_MS = 10;

/** Long work in slices of time, when the cost of a piece is not known. */
export class Slices {
  private until = performance.now() + SLICE_MS;

  /** Between two pieces: whoever waits gets a turn, where the slice is used up. */
  async next(): Promise<void> {
    if (performance.now() < this.until) return;
    await turn();
    this.until = performance.now() + SLICE_MS;
  }
}
