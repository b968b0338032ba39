/** Readers that wait until everything up to an offset of the spool was forwarded. */
export class WaitingReaders {
  private waiting: { offset: number; resolve: () => void }[] = [];

  get length(): number {
    return this.waiting.length;
  }

  until(offset: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ offset, resolve }));
  }

  /** Call it when everything up to an offset was forwarded. */
  forwarded(upTo: number): void {
    const ready = this.waiting.filter(({ offset }) => offset <= upTo);
    this.waiting = this.waiting.filter(({ offset }) => offset > upTo);
    for (const { resolve } of ready) resolve();
  }
}
