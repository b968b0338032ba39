import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ReportKind } from '../../protocol/reports.js';
import type { ReportReadings } from '../watch/metrics.js';
import { discardReports, hasReports } from './engine/files.js';
import type { FromReports, ReportCalls, Start, ToReports } from './engine/messages.js';
import { toError } from './failure.js';
import { sendTo, startProcess } from './report-process.js';
import { unavailable, type ReportEngine } from './reports.js';
import { shareReports } from './shared-reports.js';
import type { Snapshot, SnapshotRequest, SnapshotWriter } from './snapshots.js';

/** Processes that end so soon after their start are followed by another one later and later. */
const SOON_MS = 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** After so many that have ended soon, what they have written is thrown away. */
const ENDED_SOON = 3;
/** What a process has left to end by itself. */
const STOP_MS = 10_000;
/** Removals that nobody has told of are looked for. */
const COMPARE_MS = 3_600_000;
/** How long a question waits for the file to be open: another process may have it, or there is no memory for this one. */
const OPENING_MS = 10_000;

export interface ReportsOptions extends Omit<Start, 'expired'> {
  /** Until when the hits of sites were removed, by key, Unix seconds. */
  expired: () => Record<string, number>;
  /** Told of what goes wrong, and of what an owner may want to know, in sentences. */
  onNotice: (sentence: string) => void;
}

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/**
 * The reports of the embedded store, in a process of their own: whatever becomes of it, no hit has noticed. It begins with the first
 * question, and from then on with each start of the collector: who never asks does not pay for it.
 */
export class EmbeddedReports implements ReportEngine, SnapshotWriter {
  private child: ChildProcess | undefined;
  private isOpen = false;
  private began = 0;
  private endedSoon = 0;
  /** How many of those the file may have ended. */
  private doubts = 0;
  /** The process has said why it ends, and the file is not why. */
  private isExcused = false;
  private pause: NodeJS.Timeout | undefined;
  private readonly pending = new Map<number, Pending & { message: ToReports }>();
  private count = 0;
  private starts = 0;
  private state = { progress: 0, asOf: 0, memory: 0 };
  private closed = false;
  private readonly comparing: NodeJS.Timeout;
  private sharing: Promise<(() => Promise<void>) | void> | undefined;

  constructor(private readonly options: ReportsOptions) {
    if (hasReports(options.folder)) this.begin();
    this.comparing = setInterval(() => {
      if (this.child) void this.call('compare').catch(() => undefined);
    }, COMPARE_MS).unref();
  }

  /** For metrics; undefined while there is no process. */
  get readings(): ReportReadings | undefined {
    return this.child && { ...this.state, starts: this.starts };
  }

  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    const unopened = new AbortController();
    const opening = setTimeout(() => {
      if (!this.isOpen) unopened.abort(unavailable('Reports are not open yet: ask again.'));
    }, OPENING_MS);
    try {
      return await this.call('ask', [kind, key, question], AbortSignal.any([signal, unopened.signal]));
    } finally {
      clearTimeout(opening);
    }
  }

  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    return this.call('snapshot', [request], signal);
  }

  /**
   * Somebody was erased: gone from every answer when the promise resolves.
   * @returns whether all is done; else their values are in the file until it is written anew, which it will be
   */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    if (!hasReports(this.options.folder)) return true;
    const done = this.call('forget', [key, names]);
    if (this.isOpen) return done;
    // Until it is open nothing is answered, and then it looks first who is gone.
    done.catch(() => undefined);
    return false;
  }

  /** Hits were removed that happened before a time, and identities that have no others. */
  async expire(key: string, before: number): Promise<void> {
    if (hasReports(this.options.folder)) await this.call('expire', [key, before]);
  }

  /** Somebody was removed, and nobody knows whom. */
  async compare(): Promise<void> {
    if (hasReports(this.options.folder)) await this.call('compare');
  }

  /** Resolves when the file that is there has been written since the last removal. */
  async rewritten(): Promise<void> {
    if (this.child) await this.call('rewritten');
  }

  /** Answers commands of this user's as well, until it is closed: the file can be open in one process alone. */
  share(): void {
    const { folder, onNotice } = this.options;
    const onError = (error: unknown): void =>
      onNotice(`Commands cannot ask this collector: ${(error as Error).message}`);
    this.sharing = shareReports(folder, this, onError).catch(onError);
  }

  async endSharing(): Promise<void> {
    const end = await this.sharing;
    this.sharing = undefined;
    await end?.();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.endSharing();
    clearInterval(this.comparing);
    clearTimeout(this.pause);
    const { child } = this;
    if (!child) return;
    const exited = once(child, 'exit');
    sendTo(child, { kind: 'stop' });
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }

  private call<M extends keyof ReportCalls>(
    method: M,
    parameters: Parameters<ReportCalls[M]> = [] as never,
    signal?: AbortSignal,
  ): Promise<ReturnType<ReportCalls[M]>> {
    if (this.closed) return Promise.reject(unavailable('The collector stops.'));
    const id = ++this.count;
    const message: ToReports = { kind: 'call', id, method, parameters };
    if (!this.child && !this.pause) this.begin();
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
      // Before that it is kept, and sent when the file is open.
      if (this.isOpen) sendTo(this.child, message);
    });
  }

  private begin(): void {
    this.pause = undefined;
    this.began = performance.now();
    this.starts += 1;
    this.isExcused = false;
    const { onNotice, expired, ...start } = this.options;
    this.child = startProcess(
      { ...start, expired: expired() },
      {
        onMessage: (message) => this.receive(message),
        onEnd: (how, hasBegun) => this.ended(how, hasBegun && !this.isExcused),
        onNotice,
      },
    );
  }

  private receive(message: FromReports): void {
    const { onNotice } = this.options;
    if (message.kind === 'open') {
      this.isOpen = true;
      for (const { message } of this.pending.values()) sendTo(this.child, message);
    } else if (message.kind === 'unusable') {
      onNotice(`Reports are built anew: ${message.reason}`);
      this.isExcused = true;
      this.child?.once('exit', () => this.discard());
    } else if (message.kind === 'again') {
      onNotice(`Reports begin anew. ${message.reason}`);
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
    this.isOpen = false;
    const { pending, options } = this;
    for (const { reject } of pending.values()) reject(unavailable('Reports begin anew: ask again.'));
    pending.clear();
    if (this.closed) return;
    const isSoon = performance.now() - this.began < SOON_MS;
    this.endedSoon = isSoon ? this.endedSoon + 1 : 0;
    this.doubts = isSoon ? this.doubts + Number(isFileInDoubt) : 0;
    if (this.doubts === ENDED_SOON) {
      this.doubts = 0;
      options.onNotice('Reports ended soon after each start: what they have written is thrown away, and built anew.');
      this.discard();
    }
    const pause = isSoon ? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.endedSoon) : 0;
    options.onNotice(`The process of reports ended (${how}); another takes its place.`);
    this.pause = setTimeout(() => this.begin(), pause);
  }

  /** What cannot be removed is told: hits go on. */
  private discard(): void {
    const { folder, onNotice } = this.options;
    try {
      discardReports(folder);
    } catch (error) {
      onNotice(`Reports cannot be thrown away: ${(error as Error).message}`);
    }
  }
}
