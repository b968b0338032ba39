import { setTimeout as pause } from 'node:timers/promises';
import { isDamage, isLasting } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { DiskSpace } from '../sqlite/disk-space.js';
import { DiskFull } from '../sqlite/errors.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';
import { IndexCopy } from './index-copy.js';
import { OverwrittenPages } from './overwritten-pages.js';
import type { Portions } from './portions.js';
import { RecodedHits } from './recoded-hits.js';
import type { UpgradeState } from './upgrade-state.js';
import type { EmbeddedWriter } from './writer.js';

/** How many hits one transaction copies or stores again, which takes some milliseconds. */
const HITS_PER_STEP = 1000;
/** The disk space of an entry in the new index. */
const BYTES_PER_ENTRY = 32;
/** The pause between two attempts, when the disk was full or another program holds the store. */
const RETRY_MS = 5000;

interface UpgradeParts {
  db: Database;
  writer: EmbeddedWriter;
  diskSpace: DiskSpace;
  log: LogTruncation;
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
  /** Called when nothing is left to do. */
  onDone?: () => void;
  portions?: Portions;
}

interface Work {
  index: IndexCopy;
  pages: OverwrittenPages;
  hits: RecodedHits;
}

/**
 * Upgrades hits from schema 5 to schema 6, in small transactions between the commits of arriving hits. The table `upgrade`
 * contains the progress, so nothing is repeated after a kill. It is empty when everything is done.
 *
 * 1. `index`: the index by identity is copied, in its order, into the table that is written after the commits. Until that is
 *    complete, readers use both (indexed-hits.ts), and the old index is still updated. Then the old index is dropped.
 * 2. `overwrite` and `release`: the free pages of the file, which still contain the old index, are filled with zeros.
 * 3. `texts`: each hit is stored again, with numbers for repeated texts. Copies of hits that this leaves on
 *    pages are overwritten at the end (wiping.ts).
 */
export class Upgrade {
  private readonly state: Statement;
  private readonly first: Statement;
  private readonly keep: Statement;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isWaiting = false;
  private hasPassed = false;
  /** The last error that was reported. */
  private told = '';

  constructor(private readonly parts: UpgradeParts) {
    const { db } = parts;
    this.state = db.prepare('SELECT step, upto, identity, sent, hit FROM upgrade');
    this.first = db.prepare('SELECT min(id) AS id FROM hits');
    this.keep = db.prepare('UPDATE upgrade SET step = ?, identity = ?, sent = ?, hit = ?');
  }

  /** Continues, if anything is left to do. */
  start(): void {
    if (this.state.get()) this.running = this.run().catch(this.parts.onError);
    else this.parts.onDone?.();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { db, writer, portions } = this.parts;
    const work = {
      index: new IndexCopy(db),
      pages: new OverwrittenPages(db, portions?.pagesPerStep),
      hits: new RecodedHits(db, writer),
    };
    const hitsPerStep = portions?.hitsPerStep ?? HITS_PER_STEP;
    let most = hitsPerStep;
    /** Whether the next hit is skipped, because it could not be read even alone. */
    let passes = false;
    while (!this.stopping.signal.aborted) {
      const began = performance.now();
      const state = this.state.get() as UpgradeState | undefined;
      if (!state) return this.finish();
      let wait = 0;
      try {
        this.requireSpace(state);
        this.commit(() => (passes ? this.pass(state) : this.advance(state, most, work)));
        if (!passes) most = Math.min(hitsPerStep, most * 2);
        passes = false;
      } catch (error) {
        if (isLasting(error)) {
          if (state.step !== 'texts') return this.giveUp(state);
          // The next step is a single hit, which is skipped if that fails as well.
          passes = most === 1;
          most = 1;
        } else {
          wait = RETRY_MS;
          this.tell(error);
        }
      }
      // Arriving hits get as much time as this work.
      wait = Math.max(wait, performance.now() - began);
      await pause(wait, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  private commit(work: () => void): void {
    const { diskSpace, writer } = this.parts;
    diskSpace.take(() => writer.transaction(work));
  }

  private advance(state: UpgradeState, most: number, { index, pages, hits }: Work): void {
    switch (state.step) {
      case 'index': {
        const next = index.copy(state, most);
        if (next) return this.save({ ...state, ...next });
        index.leaveOld();
        pages.begin();
        return this.save({ ...state, step: 'overwrite' });
      }
      case 'overwrite':
        if (!pages.overwriteSome()) this.save({ ...state, step: 'release' });
        return;
      case 'release':
        if (!pages.releaseSome()) this.save({ ...state, step: 'texts' });
        return;
      case 'texts': {
        const hit = hits.recode(state, most);
        if (hit !== undefined) return this.save({ ...state, hit });
        hits.finish();
        this.parts.db.exec('DELETE FROM upgrade');
      }
    }
  }

  private save({ step, identity, sent, hit }: UpgradeState): void {
    this.keep.run(step, identity, sent, hit);
  }

  /**
   * Until the old index is dropped, the store grows. It must not take disk space that hits need.
   * @throws DiskFull
   */
  private requireSpace({ step, identity, upto }: UpgradeState): void {
    if (step !== 'index') return;
    const bytes = identity === 0 ? (upto - this.oldest() + 1) * BYTES_PER_ENTRY : 0;
    const missing = this.parts.diskSpace.missingFor(bytes);
    if (missing === 0) return;
    if (!this.isWaiting) this.parts.onNotice(tooLittleSpace(missing));
    this.isWaiting = true;
    throw new DiskFull();
  }

  /** The first row that exists: rows that retention has removed need no space. */
  private oldest(): number {
    try {
      return (this.first.get() as { id: number | null }).id ?? 0;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return 0;
    }
  }

  /** Skips a hit that cannot be read. It stays as it is. */
  private pass(state: UpgradeState): void {
    this.save({ ...state, hit: state.hit + 1 });
    if (!this.hasPassed) this.parts.onNotice(UNREADABLE_HITS);
    this.hasPassed = true;
  }

  /** Truncates the write-ahead log, which still contains pages from before they were overwritten. */
  private finish(): void {
    if (!this.parts.log.attempt()) this.parts.log.later();
    this.parts.onDone?.();
  }

  /** Commits log a full disk already. Any other reason, such as another program that holds the store, is logged once. */
  private tell(error: unknown): void {
    if (error instanceof DiskFull || String(error) === this.told) return;
    this.told = String(error);
    this.parts.onError(error);
  }

  private giveUp({ step }: UpgradeState): void {
    this.parts.onNotice(step === 'index' ? UNREADABLE_INDEX : UNREADABLE_PAGES);
  }
}

const UNREADABLE_INDEX =
  'Some database pages of the store cannot be read, so the store keeps the form of the previous version, and works as before. Restore a ' +
  'backup if you have one.';

const UNREADABLE_PAGES =
  'Some database pages of the store cannot be read, so its upgrade is not finished. The store works, but free pages of its file may still ' +
  'contain removed data. Restore a backup if you have one.';

const UNREADABLE_HITS =
  'Some hits of the store cannot be read, and keep the form of the previous version. Restore a backup if you have one.';

const MEBIBYTE = 1024 * 1024;

function tooLittleSpace(missing: number): string {
  return (
    `The upgrade of the store waits until ${Math.ceil(missing / MEBIBYTE)} MiB more are free on the disk, so that hits always have ` +
    'space. Until then the store works as before.'
  );
}
