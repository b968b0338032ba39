import type { Entry, Store } from './store/store.js';

/** Bounds how long one commit holds up the event loop: some tens of milliseconds. */
const MOST_IN_A_COMMIT = 4000;
/** After so many entries in a row that the store could not take, it is the store: the rest is not tried. */
const MOST_FAILURES = 3;

type Settle = (durable: boolean) => void;

/**
 * One commit for all that arrived in one turn of the event loop: every sender waits for the disk, and the
 * disk is asked once. `setImmediate` runs when the turn has read every socket that had something to say, so
 * a batch grows with the load and an idle collector answers at once; a timer would only add its delay.
 */
export class GroupCommit {
  private waiting: { entry: Entry; settle: Settle }[] = [];
  private committing = false;
  private idle: (() => void)[] = [];

  constructor(
    private readonly store: Pick<Store, 'append'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param settle called once: true when the entry is on disk, false when it could not be put there */
  add(entry: Entry, settle: Settle): void {
    this.waiting.push({ entry, settle });
    if (!this.committing) {
      this.committing = true;
      setImmediate(() => void this.commit());
    }
  }

  /** How many entries wait for a commit. */
  get length(): number {
    return this.waiting.length;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    if (this.committing) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async commit(): Promise<void> {
    const batch = this.waiting.splice(0, MOST_IN_A_COMMIT);
    try {
      await this.store.append(batch.map(({ entry }) => entry));
      for (const { settle } of batch) settle(true);
    } catch (error) {
      this.onError(error);
      await this.commitSingly(batch);
    }
    if (this.waiting.length) {
      setImmediate(() => void this.commit());
    } else {
      this.committing = false;
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  /**
   * A hit that the store cannot take must not take those with it that arrived in the same turn; a store that can take
   * none, on a full disk, must not be asked a thousand times.
   */
  private async commitSingly(batch: { entry: Entry; settle: Settle }[]): Promise<void> {
    let failures = 0;
    for (const { entry, settle } of batch) {
      let durable = false;
      if (failures < MOST_FAILURES) {
        durable = await this.store.append([entry]).then(
          () => true,
          () => false,
        );
        failures = durable ? 0 : failures + 1;
      }
      settle(durable);
    }
  }
}
