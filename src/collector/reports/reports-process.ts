import type { ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type { ReportReadings } from '../watch/metrics.js';
import { endedTooNew } from '../watch/signals-for-all.js';
import { discardReports } from './engine/files.js';
import type { FromReports, ReportCalls, Start, ToReports } from './engine/messages.js';
import { toError } from './failure.js';
import { badPath, otherSettings, unavailable, type NoReport } from './no-report.js';
import { sendTo, startProcess } from './start-process.js';

/** If processes end so soon after their start, the pause before the next one grows. */
const SOON_MS = 60_000;
/** This pause is doubled for each process that has ended soon. */
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** After so many processes that have ended soon, the file of reports is deleted. */
const ENDED_SOON = 3;
/**
 * How long a process may take to end by itself; then it is killed. On a busy machine it may get no time at all, and the collector
 * has to end within the ten seconds that containers have. Nothing is lost: DuckDB's commits are on disk.
 */
const STOP_MS = 3000;

export interface ReportsOptions extends Omit<Start, 'expired'> {
  /** For each site with a retention, the time before which hits are removed, Unix seconds. */
  expired: () => Record<string, number>;
  /**
   * Whether a file that was built with another `counting` is kept, and nothing answered: a command may have been given other settings than
   * the collector.
   */
  keepsOtherSettings?: boolean | undefined;
  /** Called with each question, and each request for a snapshot. */
  onAsked?: (() => void) | undefined;
  /** Called with sentences for the owner: about errors, and about progress. */
  onNotice: (sentence: string) => void;
}

/** What is known before a process has its file open. */
const NOTHING = { progress: 0, asOf: 0, memory: 0 };

interface Pending {
  message: ToReports;
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/** Starts the process of reports, sends calls to it, and starts another one if it ends. */
export class ReportsProcess {
  private child: ChildProcess | undefined;
  private open = false;
  private began = 0;
  private endedSoon = 0;
  /** How many of the processes that ended soon may have ended because of the file. */
  private doubts = 0;
  /** The process has reported why it ends, and the file is not the cause. */
  private isExcused = false;
  private pause: NodeJS.Timeout | undefined;
  private readonly pending = new Map<number, Pending>();
  private calls = 0;
  private starts = 0;
  private state: Omit<ReportReadings, 'starts'> = NOTHING;
  private closed = false;
  /** Why no question can be answered by any process with these options. */
  private refusal: NoReport | undefined;

  constructor(private readonly options: ReportsOptions) {
    this.refusal = badPath(realpathSync(options.folder));
    if (!this.refusal) return;
    options.onNotice(this.refusal.message);
    // A file that was moved there could never be opened: the values of an erased person would stay in it.
    this.discard();
  }

  /** Values for metrics; undefined while there is no process. */
  get readings(): ReportReadings | undefined {
    return this.child && { ...this.state, starts: this.starts };
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Whether the process has the file open. Until then calls wait. */
  get isOpen(): boolean {
    return this.open;
  }

  /** The part of the hits that reports include; undefined when they include all that existed at the start of the process. */
  get progress(): number | undefined {
    return this.state.asOf ? undefined : this.state.progress;
  }

  /** Calls a method of the process, and starts the process if there is none. @param signal ends the work, or prevents it */
  call<M extends keyof ReportCalls>(
    method: M,
    parameters: Parameters<ReportCalls[M]> = [] as never,
    signal?: AbortSignal,
  ): Promise<ReturnType<ReportCalls[M]>> {
    if (this.refusal) return Promise.reject(this.refusal);
    if (this.closed) return Promise.reject(unavailable('The collector is stopping.'));
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const id = ++this.calls;
    const message: ToReports = { kind: 'call', id, method, parameters };
    this.startIfNone();
    return new Promise<ReturnType<ReportCalls[M]>>((resolve, reject) => {
      const cancel = (): void => {
        if (!this.pending.delete(id)) return;
        sendTo(this.child, { kind: 'cancel', id });
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const settled = (): void => signal?.removeEventListener('abort', cancel);
      this.pending.set(id, {
        message,
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      // If the file is not open yet, the call is sent when it is.
      if (this.open) sendTo(this.child, message);
    });
  }

  /** Starts a process, unless there is one, or the next one starts after a pause. */
  startIfNone(): void {
    if (!this.child && !this.pause && !this.closed && !this.refusal) this.start();
  }

  private start(): void {
    this.pause = undefined;
    this.began = performance.now();
    this.starts += 1;
    const { onNotice, expired, onAsked: _onAsked, keepsOtherSettings: _keeps, ...start } = this.options;
    this.isExcused = false;
    this.child = startProcess(
      { ...start, expired: expired() },
      {
        onMessage: (message) => this.receive(message),
        onEnd: (how, hasBegun) => this.ended(how, hasBegun && !this.isExcused),
        onNotice,
      },
    );
  }

  /** Resolves when the process has ended. No other is started. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.pause);
    const { child } = this;
    if (!child) return;
    // Not the `once` of events, which fails if the process cannot be sent the message.
    const exited = new Promise((resolve) => child.once('exit', resolve));
    sendTo(this.child, { kind: 'stop' });
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }

  private receive(message: FromReports): void {
    const { onNotice } = this.options;
    if (message.kind === 'open') {
      this.open = true;
      for (const { message } of this.pending.values()) sendTo(this.child, message);
    } else if (message.kind === 'unusable' && message.hasOtherSettings && this.options.keepsOtherSettings) {
      this.refusal = otherSettings();
    } else if (message.kind === 'unusable') {
      onNotice(`Reports are built again: ${message.reason}`);
      this.isExcused = true;
      this.child?.once('exit', () => this.discard());
    } else if (message.kind === 'restart') {
      onNotice(`The process of reports is started again: ${message.reason}`);
      this.isExcused = true;
    } else if (message.kind === 'state') this.state = message;
    else if (message.kind === 'notice') onNotice(message.sentence);
    else if (message.kind === 'error') onNotice(`Reports: ${message.message}`);
    else {
      const call = this.pending.get(message.id);
      this.pending.delete(message.id);
      if (message.error) call?.reject(toError(message.error));
      else call?.resolve(message.value as never);
    }
  }

  private ended(how: string, isFileInDoubt: boolean): void {
    this.child = undefined;
    this.open = false;
    this.state = NOTHING;
    const { pending, options } = this;
    const why = this.refusal ?? unavailable('The process of reports is being started again: ask again.');
    for (const { reject } of pending.values()) reject(why);
    pending.clear();
    if (this.closed || this.refusal) return;
    if (endedTooNew(how)) {
      this.pause = setTimeout(() => this.start(), 0);
      return;
    }
    const isSoon = performance.now() - this.began < SOON_MS;
    this.endedSoon = isSoon ? this.endedSoon + 1 : 0;
    this.doubts = isSoon ? this.doubts + Number(isFileInDoubt) : 0;
    if (this.doubts === ENDED_SOON) {
      this.doubts = 0;
      options.onNotice(
        'The process of reports ended soon after each start: the file of reports is deleted, and built again.',
      );
      this.discard();
    }
    const pause = isSoon ? Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** this.endedSoon) : 0;
    options.onNotice(`The process of reports ended (${how}); another one is started.`);
    this.pause = setTimeout(() => this.start(), pause);
  }

  /** Deletes the files of reports. If that fails, it is only reported: hits must not be affected. */
  private discard(): void {
    const { folder, onNotice } = this.options;
    try {
      discardReports(folder);
    } catch (error) {
      onNotice(`The file of reports cannot be deleted: ${(error as Error).message}`);
    }
  }
}
