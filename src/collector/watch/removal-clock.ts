import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EARLIEST_TIME } from '../../protocol/limits.js';
import { now } from '../clock.js';

/**
 * A file in the data folder. Its time is that of the last hour in which a collector ran and trusted the clock, and its content is for how
 * many milliseconds the clock has been doubted since.
 */
const FILE = 'kmq.clock';
const NEW = `${FILE}.new`;
/** Only the owner may change it, as SQLite makes its files, whatever the umask. */
const MODE = 0o644;

/** How many seconds the clock may differ from what is expected. */
const JUMP_SECONDS = 86_400;
/** How long a clock that has jumped is doubted: time to set it, by NTP or by the owner who has read the log. */
const DOUBT_MS = 86_400_000;

/**
 * The time by which old hits are removed. It is that of the clock, unless the clock has jumped ahead, as on a machine that starts in 2098
 * (https://github.com/systemd/systemd/issues/6036): by such a clock all hits would be older than their retention, and what is removed
 * cannot be brought back. Also a collector that did not run for more than a day sees a jump. For a day after it, the time is the last one
 * that was trusted, plus the time for which this process has run since.
 *
 * The time of a file says when the clock was right before this process, and the monotonic clock how much time has passed since its start.
 */
export class RemovalClock {
  private readonly file: string;
  private known: { seconds: number; at: number };
  /** Since when this process doubts the clock, by the monotonic clock. */
  private since: number | undefined;
  /** How long earlier processes have doubted it: a collector that is restarted every day must trust it some day, too. */
  private doubtedMs: number;

  /** @param folder the data folder, which exists. In a new one, nothing is known, and the clock is trusted */
  constructor(private readonly folder: string) {
    this.file = join(folder, FILE);
    const { mtimeMs } = statSync(this.file, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    this.known = { seconds: mtimeMs / 1000, at: performance.now() };
    this.doubtedMs = doubtIn(this.file);
  }

  /** Call it once an hour or more often. @returns Unix seconds, and whether they are not those of the clock */
  read(): { seconds: number; isDoubted: boolean } {
    const [seconds, at] = [now(), performance.now()];
    // A clock that was not set says nothing about the next one.
    if (seconds < EARLIEST_TIME) return { seconds, isDoubted: true };
    const { known } = this;
    const expected = known.seconds + (at - known.at) / 1000;
    // Before the first start nothing is known.
    if (known.seconds >= EARLIEST_TIME && Math.abs(seconds - expected) > JUMP_SECONDS) {
      this.since ??= at;
      const doubtedMs = this.doubtedMs + at - this.since;
      this.note(known.seconds, doubtedMs);
      // If the clock was set back, its time is used: too little is removed by it, and the rest can be removed later.
      if (doubtedMs < DOUBT_MS) return { seconds: Math.min(seconds, Math.floor(expected)), isDoubted: true };
    }
    this.since = undefined;
    this.doubtedMs = 0;
    this.known = { seconds, at };
    this.note(seconds, 0);
    return { seconds, isDoubted: false };
  }

  private note(seconds: number, doubtedMs: number): void {
    const fresh = join(this.folder, NEW);
    try {
      // Renamed when it is complete: until its time is set, it has that of the clock. An old one may be another user's, who may set its time.
      rmSync(fresh, { force: true });
      writeFileSync(fresh, String(Math.floor(doubtedMs)), { mode: MODE });
      utimesSync(fresh, seconds, seconds);
      renameSync(fresh, this.file);
    } catch {
      // The disk is full. The file stays as it is, and the next process doubts the clock if that is more than a day ago.
    }
  }
}

function doubtIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // There is none, or another user's collector has made it.
    return 0;
  }
}
