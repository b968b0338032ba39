import type { ReportSource } from '../../store/embedded/report-source.js';
import { littleSpace, type ReportDisk, type FreeSpace } from './disk.js';
import { UnusableReports } from './unusable-reports.js';
import type { Feed } from './feed.js';

/** How long to wait before looking for new hits again. */
export const INTERVAL_MS = 1000;
/** How long to wait after an error. */
const PAUSE_AFTER_ERROR_MS = 10_000;
/** Progress is reported only for at least so many hits: fewer take less than a minute. */
const LARGE_STORE = 1_000_000;
/** Progress is reported each time it grows by so many percent. */
const TOLD_PERCENT = 10;

export interface FollowerParts {
  feed: Feed;
  source: ReportSource;
  disk: ReportDisk;
  intervalMs: number;
  /** Called when new hits are in the tables: of these sites, or of unknown ones. */
  onChanged: (sites?: ReadonlySet<number>) => void;
  /** Called when all hits that existed at the beginning of a round are copied. */
  onDone: () => Promise<void>;
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
}

/** Runs the feed: first for the existing hits, then repeatedly for new ones, while the disk has space for them. */
export class Follower {
  /** The tables contain the hits up to this time, Unix seconds; 0 before all hits that existed at the start are copied. */
  asOf = 0;
  /** Resolves when all hits that existed at the start are copied. */
  readonly built: Promise<void>;
  private onBuilt!: () => void;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private version = -1;
  private space: FreeSpace = 'enough';

  constructor(private readonly parts: FollowerParts) {
    this.built = new Promise((resolve) => (this.onBuilt = resolve));
  }

  /** Why nothing is copied, as a sentence; undefined while hits are copied. */
  get obstacle(): string | undefined {
    return this.space === 'enough' ? undefined : littleSpace(this.parts.feed.state.left);
  }

  start(): void {
    let pause = this.parts.intervalMs;
    this.running = this.look()
      .catch((error: unknown) => {
        pause = PAUSE_AFTER_ERROR_MS;
        if (!this.closed) this.parts.onError(error);
      })
      .then(() => {
        if (!this.closed) this.timer = setTimeout(() => this.start(), pause);
      });
  }

  /** Resolves when copying has stopped. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    const { feed, source, onChanged, onDone } = this.parts;
    const began = Math.floor(Date.now() / 1000);
    if (!(await this.hasSpace())) return;
    await this.build();
    if (this.closed) return;
    const version = source.dataVersion();
    if (version !== this.version) {
      onChanged(
        await feed.follow().catch((error: unknown) => {
          // Some pages may have been copied before the error.
          onChanged();
          throw error;
        }),
      );
      this.version = version;
    }
    this.asOf = began;
    this.onBuilt();
    await onDone();
  }

  private async build(): Promise<void> {
    const { feed, onNotice } = this.parts;
    for (let told = 0; !feed.isBuilt && !this.closed;) {
      await feed.build();
      const percent = Math.floor((feed.progress * 100) / TOLD_PERCENT) * TOLD_PERCENT;
      if (percent > told && feed.state.upto > LARGE_STORE) onNotice(`Reports are being built: ${percent} %.`);
      told = Math.max(told, percent);
    }
  }

  /** Whether the disk has space. If it has hardly any, the reports are deleted, to free it for hits. */
  private async hasSpace(): Promise<boolean> {
    const { feed, disk, onNotice } = this.parts;
    const space = await disk.spaceFor(feed.state.left);
    if (space === 'none' && !feed.isEmpty)
      throw new UnusableReports('The disk is nearly full, and hits need the space.');
    if (space !== 'enough' && this.space === 'enough') onNotice(littleSpace(feed.state.left));
    this.space = space;
    return space === 'enough';
  }
}
