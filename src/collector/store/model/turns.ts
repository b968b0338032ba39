/** Runs pieces of work one after the other: each begins when all before it have ended, whether or not they failed. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all work so far has ended. */
  async ended(): Promise<void> {
    await this.last;
  }
}
