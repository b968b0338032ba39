import type { ReportKind } from '../../protocol/reports.js';
import type { ReportReadings } from '../watch/metrics.js';
import { hasReports } from './engine/files.js';
import { building, unavailable, type NoReport } from './no-report.js';
import { ReportsProcess, type ReportsOptions } from './reports-process.js';
import type { ReportEngine } from './report-engine.js';
import { shareReports } from './shared-reports.js';
import type { Snapshot, SnapshotRequest, SnapshotWriter } from './snapshot-format.js';

/** How often the store is searched for removals that were not announced (by commands, for example). */
const COMPARE_MS = 3_600_000;
/** How long a question waits until the file is open: another process may have it open, or memory may be short. */
const OPENING_MS = 10_000;

/**
 * The reports of the embedded store, in a separate process: its failure or load does not affect hits. The process starts with the
 * first question ever, and later with each start of the collector: an installation without reports does not need its memory. If the
 * store says that somebody wants reports (wanted.ts), it also starts without a question.
 */
export class EmbeddedReports implements ReportEngine, SnapshotWriter {
  private readonly process: ReportsProcess;
  private readonly comparing: NodeJS.Timeout;
  private sharing: Promise<(() => Promise<void>) | void> | undefined;
  private sharingEnded: Promise<void> | undefined;

  constructor(private readonly options: ReportsOptions) {
    this.process = new ReportsProcess(options);
    if (hasReports(options.folder)) this.start();
    this.comparing = setInterval(() => {
      if (this.process.isRunning) void this.process.call('compare').catch(() => undefined);
    }, COMPARE_MS).unref();
  }

  /** Numbers for metrics; undefined while no process runs. */
  get readings(): ReportReadings | undefined {
    return this.process.readings;
  }

  /** Starts the process before anybody asks, so that reports are built by then. */
  start(): void {
    this.process.startIfNone();
  }

  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    this.options.onAsked?.();
    const unopened = new AbortController();
    const opening = setTimeout(() => {
      if (!this.process.isOpen) unopened.abort(beingOpened());
    }, OPENING_MS);
    try {
      return await this.process.call('ask', [kind, key, question], AbortSignal.any([signal, unopened.signal]));
    } finally {
      clearTimeout(opening);
    }
  }

  whyIncomplete(): NoReport | undefined {
    const { isRunning, isOpen, progress } = this.process;
    // The first question starts the process.
    if (!isRunning) return undefined;
    if (!isOpen) return beingOpened();
    return progress === undefined ? undefined : building(progress);
  }

  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    this.options.onAsked?.();
    return this.process.call('snapshot', [request], signal);
  }

  /**
   * Removes an erased person: no answer contains them when the promise resolves.
   * @returns whether all is done; if not, their values stay in the file until it is written again, which has been scheduled
   */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    if (!hasReports(this.options.folder)) return true;
    const done = this.process.call('forget', [key, names]);
    if (this.process.isOpen) return done;
    // If the file is not open yet, nothing more is needed: removals are applied before the first answer.
    done.catch(() => undefined);
    return false;
  }

  /** Removes hits that happened before a time, and identities without other hits, which the store has removed. */
  async expire(key: string, before: number): Promise<void> {
    if (hasReports(this.options.folder)) await this.process.call('expire', [key, before]);
  }

  /** Finds removed people by comparing with the store. Call it when it is not known who was removed. */
  async compare(): Promise<void> {
    if (hasReports(this.options.folder)) await this.process.call('compare');
  }

  /** Resolves when the file has been written again since the last removal. */
  async rewritten(): Promise<void> {
    if (hasReports(this.options.folder)) await this.process.call('rewritten');
  }

  /** Also answers commands of the same user, until it is closed: only one process can have the file open. */
  share(): void {
    const { folder, onNotice } = this.options;
    const say = (what: string) => (error: unknown) => onNotice(`${what}: ${(error as Error).message}`);
    const onUnshared = say('kmq report and other commands cannot ask this collector');
    this.sharing = shareReports(folder, this, say('A command has asked reports and got an error')).catch(onUnshared);
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

function beingOpened(): NoReport {
  return unavailable('Reports are being opened. They wait while another process, such as kmq sql, uses their file.');
}
