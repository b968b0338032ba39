import type { ReportKind } from '../../protocol/reports.js';
import type { ReportReadings } from '../watch/metrics.js';
import { hasReports } from './engine/files.js';
import { unavailable } from './no-report.js';
import { ReportsProcess, type ReportsOptions } from './reports-process.js';
import type { ReportEngine } from './report-engine.js';
import { shareReports } from './shared-reports.js';
import type { Snapshot, SnapshotRequest, SnapshotWriter } from './snapshot-format.js';

/** How often the store is searched for removals that were not announced (by commands, for example). */
const COMPARE_MS = 3_600_000;
/** How long a question waits for the file to be open: another process may have it, or there is no memory for this one. */
const OPENING_MS = 10_000;

/**
 * The reports of the embedded store, in a process of their own: whatever becomes of it, no hit has noticed. It begins with the first
 * question, and from then on with each start of the collector: who never asks does not pay for it.
 */
export class EmbeddedReports implements ReportEngine, SnapshotWriter {
  private readonly process: ReportsProcess;
  private readonly comparing: NodeJS.Timeout;
  private sharing: Promise<(() => Promise<void>) | void> | undefined;
  private sharingEnded: Promise<void> | undefined;

  constructor(private readonly options: ReportsOptions) {
    this.process = new ReportsProcess(options);
    if (hasReports(options.folder)) this.process.start();
    this.comparing = setInterval(() => {
      if (this.process.isRunning) void this.process.call('compare').catch(() => undefined);
    }, COMPARE_MS).unref();
  }

  /** Numbers for metrics; undefined while no process runs. */
  get readings(): ReportReadings | undefined {
    return this.process.readings;
  }

  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    const unopened = new AbortController();
    const opening = setTimeout(() => {
      if (!this.process.isOpen) unopened.abort(unavailable('Reports are not open yet: ask again.'));
    }, OPENING_MS);
    try {
      return await this.process.call('ask', [kind, key, question], AbortSignal.any([signal, unopened.signal]));
    } finally {
      clearTimeout(opening);
    }
  }

  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    return this.process.call('snapshot', [request], signal);
  }

  /**
   * Somebody was erased: gone from every answer when the promise resolves.
   * @returns whether all is done; else their values are in the file until it is written anew, which it will be
   */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    if (!hasReports(this.options.folder)) return true;
    const done = this.process.call('forget', [key, names]);
    if (this.process.isOpen) return done;
    // If the file is not open yet, nothing more is needed: removals are applied before the first answer.
    done.catch(() => undefined);
    return false;
  }

  /** Hits were removed that happened before a time, and identities that have no others. */
  async expire(key: string, before: number): Promise<void> {
    if (hasReports(this.options.folder)) await this.process.call('expire', [key, before]);
  }

  /** Somebody was removed, and it is unknown who. */
  async compare(): Promise<void> {
    if (hasReports(this.options.folder)) await this.process.call('compare');
  }

  /** Resolves when the file that is there has been written since the last removal. */
  async rewritten(): Promise<void> {
    if (this.process.isRunning) await this.process.call('rewritten');
  }

  /** Answers commands of this user's as well, until it is closed: the file can be open in one process alone. */
  share(): void {
    const { folder, onNotice } = this.options;
    const onError = (error: unknown): void =>
      onNotice(`Commands cannot ask this collector: ${(error as Error).message}`);
    this.sharing = shareReports(folder, this, onError).catch(onError);
  }

  endSharing(): Promise<void> {
    return (this.sharingEnded ??= Promise.resolve(this.sharing).then((end) => end?.()));
  }

  async close(): Promise<void> {
    clearInterval(this.comparing);
    const closed = this.process.close();
    await this.endSharing();
    await closed;
  }
}
