import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { DemoData } from '../protocol/api.js';
import type { ArrivedHit, ImportWriter, Store } from '../collector/store/store.js';
import { SITE } from './browser.js';
import { demoHits, HITS } from './hits.js';

/** How many hits are stored together: they block the thread for some milliseconds. */
const BATCH = 400;

/** Bookmarks like those of imports: the end of the data that was begun last, and of the data that is complete. */
const BEGUN = 'demo data begun';
const WHOLE = 'demo data whole';

/** The progress is at most this before the end, since the number of hits is known only to about one percent. */
const ALMOST = 0.99;

/** The maker waits while the backlog of a distributed store is larger than this. */
const MOST_BACKLOG = 100_000;
const BACKLOG_CHECK_MS = 50;

/** What the pages need to show and store the demo's visitors, in whichever process that is done. */
export interface DemoDataSource {
  demoData(): Promise<DemoData>;
  /** Starts to store them, unless they are there, and does not wait for the end. */
  makeDemoData(): Promise<DemoData>;
}

export interface MakerOptions {
  store: ImportWriter & Pick<Store, 'keys' | 'backlog'>;
  /** Unix seconds. */
  now: () => number;
  /** Whether a collector accepts hits in the same thread: then it gets as much of the thread's time as this work. */
  inBackground: boolean;
  onError: (error: unknown) => void;
}

/**
 * Stores the demo's made-up visitors, and the progress in the same transactions. If it is interrupted, the next one continues
 * after the last batch with the same visitors, and nobody is stored twice.
 */
export class DemoDataMaker implements DemoDataSource {
  private running: Promise<boolean> | undefined;
  private failed = false;
  private stored = 0;
  private closed = false;

  constructor(private readonly options: MakerOptions) {}

  /** How many hits are stored. */
  get hits(): number {
    return this.stored;
  }

  async demoData(): Promise<DemoData> {
    const progress = Math.min(this.stored / HITS, ALMOST);
    if (this.running) return { state: 'making', progress };
    if (this.failed) return { state: 'failed', progress };
    return (await this.isWhole()) ? { state: 'made', progress: 1 } : { state: 'none', progress: 0 };
  }

  async makeDemoData(): Promise<DemoData> {
    if (!(await this.isWhole())) this.start();
    return this.demoData();
  }

  /** Starts if no hit of any site is stored yet, or continues an interrupted run. @returns whether it does */
  async makeWhereEmpty(): Promise<boolean> {
    const { store } = this.options;
    const begun = await store.bookmark(BEGUN);
    const isDue = begun ? begun !== (await store.bookmark(WHOLE)) : (await store.keys()).length === 0;
    if (isDue) this.start();
    return isDue;
  }

  /** Resolves at the end. @returns whether all visitors are stored: not if it was stopped, or has failed */
  async finished(): Promise<boolean> {
    return this.running ?? this.isWhole();
  }

  /** Stops after the current batch. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  /** Whether all visitors are stored, and have not been removed since. */
  private async isWhole(): Promise<boolean> {
    const { store } = this.options;
    const begun = await store.bookmark(BEGUN);
    return begun > 0 && begun === (await store.bookmark(WHOLE)) && (await store.keys()).includes(SITE);
  }

  private start(): void {
    if (this.running || this.closed) return;
    this.failed = false;
    this.running = this.make()
      .catch((error: unknown) => {
        this.failed = true;
        this.options.onError(error);
        return false;
      })
      .finally(() => (this.running = undefined));
  }

  /** @returns whether all are stored: not if it was stopped */
  private async make(): Promise<boolean> {
    const { store, now, inBackground } = this.options;
    const begun = await store.bookmark(BEGUN);
    const isUnfinished = begun > 0 && begun !== (await store.bookmark(WHOLE));
    const moment = isUnfinished ? begun : now();
    if (!isUnfinished) await this.store([], BEGUN, moment);
    const source = `demo data until ${moment}`;
    const before = (this.stored = await store.bookmark(source));
    let made = 0;
    let began = performance.now();
    let batch: ArrivedHit[] = [];
    for (const hit of demoHits(moment)) {
      made += 1;
      if (made > before) batch.push(hit);
      if (made % BATCH !== 0) continue;
      if (batch.length) await this.store(batch, source, made);
      batch = [];
      await (inBackground ? wait(performance.now() - began) : turn());
      if (this.closed) return false;
      began = performance.now();
    }
    if (batch.length) await this.store(batch, source, made);
    await this.store([], WHOLE, moment);
    return true;
  }

  private async store(entries: ArrivedHit[], name: string, value: number): Promise<void> {
    const { store } = this.options;
    // The store refuses none of them: no person here has too many identities.
    await store.appendWithBookmarks(entries, [{ name, value }], () => undefined);
    if (entries.length) this.stored = value;
    while (store.backlog() > MOST_BACKLOG && !this.closed) await wait(BACKLOG_CHECK_MS);
  }
}
