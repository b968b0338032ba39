import { setImmediate as turn } from 'node:timers/promises';

/** How long work may hold up its thread at once: what arrives meanwhile waits no longer. */
const SLICE_MS = 10;

/** Long work in slices of time, where nobody knows what a piece of it costs. */
export class Slices {
  private until = performance.now() + SLICE_MS;

  /** Between two pieces: whoever waits gets a turn, where the slice is used up. */
  async next(): Promise<void> {
    if (performance.now() < this.until) return;
    await turn();
    this.until = performance.now() + SLICE_MS;
  }
}
