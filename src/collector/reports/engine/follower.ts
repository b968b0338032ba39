import type { ReportSource } from '../../store/embedded/report-source.js';
import type { ReportDisk, Room } from './disk.js';
import { UnusableReports } from './unusable-reports.js';
import type { Feed } from './feed.js';

/** How long reports wait before they look for hits again. */
export const INTERVAL_MS = 1000;
/** How long they wait after an error. */
const PAUSE_AFTER_ERROR_MS = 10_000;
/** Of fewer hits nobody is told how far the reports are. */
const LARGE_STORE = 100_000;
/** Percent between two sentences that tell it. */
const TOLD_PERCENT = 10;

export interface FollowerParts {
  feed: Feed;
  source: ReportSource;
  disk: ReportDisk;
  intervalMs: number;
  /** What has come is in the tables, of these sites or of any. */
  onChanged: (sites?: ReadonlySet<number>) => void;
  /** All is in that was there when this look began. */
  onDone: () => void;
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
}

/** Has the hits brought in that are there, then those that come, again and again, while the disk has room for them. */
export class Follower {
  /** Up to when hits are in the tables, Unix seconds; 0 before all are in that were there at the start. */
  asOf = 0;
  /** Resolves when all are in that were there at the start. */
  readonly built: Promise<void>;
  private onBuilt!: () => void;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private version = -1;
  private room: Room = 'enough';

  constructor(private readonly parts: FollowerParts) {
    this.built = new Promise((resolve) => (this.onBuilt = resolve));
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

  /** Resolves when nothing is brought in any more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    const { feed, source, onChanged, onDone } = this.parts;
    const began = Math.floor(Date.now() / 1000);
    if (!(await this.hasRoom())) return;
    await this.build();
    if (this.closed) return;
    const version = source.dataVersion();
    if (version !== this.version) {
      onChanged(
        await feed.follow().catch((error: unknown) => {
          // Some pages may be in the tables.
          onChanged();
          throw error;
        }),
      );
      this.version = version;
    }
    this.asOf = began;
    this.onBuilt();
    onDone();
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

  /** Whether there is room on the disk. Where there is hardly any, reports go, so that hits have it. */
  private async hasRoom(): Promise<boolean> {
    const { feed, disk, onNotice } = this.parts;
    const room = await disk.roomFor(feed.state.left);
    if (room === 'none' && !feed.isEmpty)
      throw new UnusableReports('The disk is nearly full, and hits need the space.');
    if (room !== 'enough' && this.room === 'enough')
      onNotice('The disk has little space left: reports continue when there is more.');
    this.room = room;
    return room === 'enough';
  }
}
