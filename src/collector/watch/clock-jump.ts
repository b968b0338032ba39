import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EARLIEST_TIME } from '../../protocol/limits.js';
import { now } from '../clock.js';

/**
 * A file in the data folder. Its time is that of the last hour in which a collector ran and trusted the clock, and its content is for how
 * many milliseconds the clock has been doubted since.
 */
const FILE = 'kmq.clock';

/** How many seconds the clock may be ahead of what is expected. */
const JUMP_SECONDS = 86_400;
/** How long a clock that has jumped ahead is doubted: time to set it, by NTP or by the owner who has read the log. */
const DOUBT_MS = 86_400_000;

/**
 * Notices that the clock has jumped ahead, as on a machine that starts in 2098 (https://github.com/systemd/systemd/issues/6036). By
 * such a clock all hits are older than their retention, and what is removed cannot be brought back. Also a collector that did not run
 * for more than a day sees a jump: then nothing is wrong, and removals begin a day later.
 *
 * The time of a file says when the clock was right before this process, and the monotonic clock how much time has passed since its start.
 */
export class ClockJump {
  private readonly file: string;
  private known: { seconds: number; at: number };
  /** Since when this process doubts the clock, by the monotonic clock. */
  private since: number | undefined;
  /** How long earlier processes have doubted it: a collector that is restarted every day must remove old hits, too. */
  private doubtedMs: number;

  /** @param folder the data folder, which exists. In a new one, nothing is known, and the clock is trusted */
  constructor(folder: string) {
    this.file = join(folder, FILE);
    const { mtimeMs } = statSync(this.file, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    this.known = { seconds: mtimeMs / 1000, at: performance.now() };
    this.doubtedMs = doubtIn(this.file);
  }

  /** Whether old hits may be removed by this clock. Call it once an hour or more often. */
  isTrusted(): boolean {
    const [seconds, at] = [now(), performance.now()];
    const { known } = this;
    const expected = known.seconds + (at - known.at) / 1000;
    // A time before 2009 is none, or that of a clock that was not set.
    if (seconds - expected > JUMP_SECONDS && known.seconds >= EARLIEST_TIME) {
      this.since ??= at;
      const doubtedMs = this.doubtedMs + at - this.since;
      this.note(known.seconds, doubtedMs);
      if (doubtedMs < DOUBT_MS) return false;
    }
    this.since = undefined;
    this.doubtedMs = 0;
    this.known = { seconds, at };
    this.note(seconds, 0);
    return true;
  }

  private note(seconds: number, doubtedMs: number): void {
    try {
      // The file may belong to another user: only its owner may set its time, but who may write to the folder may remove it.
      rmSync(this.file, { force: true });
      writeFileSync(this.file, String(Math.floor(doubtedMs)));
      utimesSync(this.file, seconds, seconds);
    } catch {
      // The disk is full. Without the file, the next process trusts the clock.
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
