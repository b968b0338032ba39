import { constants, setPriority } from 'node:os';
import { NoDatabase } from './database.js';
import { ReportDisk } from './disk.js';
import { Engine } from './engine.js';
import { lockReports } from './lock.js';
import { openingFault } from './opening-fault.js';
import { toFailure } from '../failure.js';
import type { FromReports, ReportCalls, Start, ToReports } from './messages.js';
import { settingsIn } from '../site-settings.js';
import { OtherSettings, UnusableReports } from './unusable-reports.js';

// The process of reports. It contains DuckDB, and answers the process that has started it. It has the lowest priority.

/** How often the process checks its memory. */
const MEMORY_INTERVAL_MS = 500;
const STATE_INTERVAL_MS = 1000;
const MEBIBYTE = 1024 * 1024;
/** How long sending the last message may take, since memory may grow meanwhile. */
const LAST_WORDS_MS = 1000;

let engine: Engine | undefined;
const cancelled = new Map<number, AbortController>();

setPriority(constants.priority.PRIORITY_LOW);
process.on('message', (message: ToReports) => {
  if (message.kind === 'start') void start(message.start);
  else if (message.kind === 'call') void answer(message);
  else if (message.kind === 'cancel') cancelled.get(message.id)?.abort();
  else void stop();
});
// The process that has started this one has ended.
process.on('disconnect', end);
// Signals are for the process that has started this one, which then ends this one by a message.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function start({ settings, ...options }: Start): Promise<void> {
  try {
    const onWait = (): void =>
      send({
        kind: 'notice',
        sentence: 'Another process has the file of reports open: reports wait until it is closed.',
      });
    const lock = await lockReports(options.folder, onWait);
    process.on('exit', () => lock.close());
  } catch (error) {
    // The lock could not be taken, for example on a full disk. (While another process has it, `lockReports` waits.)
    return restart((error as Error).message);
  }
  try {
    engine = await Engine.open({
      ...options,
      settings: settingsIn(settings),
      onError: (error) => fail(error),
      onNotice: (sentence) => send({ kind: 'notice', sentence }),
      onStuck: () => restart('a question did not end after it was interrupted.'),
    });
  } catch (error) {
    const { message } = error as Error;
    const fault = openingFault(error);
    // The file itself may fill the disk, and hits need the space.
    const isFull = fault === 'machine' && (await new ReportDisk(options.folder).spaceFor(0)) === 'none';
    if (fault === 'file' || isFull) return unusable(error as Error);
    if (fault === 'machine') return restart(message);
    // If this happens to several processes in a row, the file is deleted.
    return endAfter({ kind: 'error', message });
  }
  watchMemory(options.limits.memory);
  sayState();
  setInterval(sayState, STATE_INTERVAL_MS).unref();
  // At once, so that no question is told that reports are still being built.
  void engine.built.then(sayState);
  send({ kind: 'open' });
}

async function answer({ id, method, parameters }: ToReports & { kind: 'call' }): Promise<void> {
  const abort = new AbortController();
  cancelled.set(id, abort);
  const calls: { [M in keyof ReportCalls]: (...parameters: Parameters<ReportCalls[M]>) => Promise<unknown> } = {
    ask: (kind, key, question) => engine!.ask(kind, key, question, abort.signal),
    snapshot: (request) => engine!.snapshot(request, abort.signal),
    forget: (key, names) => engine!.forget(key, names),
    expire: (key, before) => engine!.expire(key, before),
    compare: () => engine!.compare(),
    rewritten: () => engine!.rewritten(),
  };
  try {
    const value = await (calls[method] as (...parameters: unknown[]) => Promise<unknown>)(...parameters);
    send({ kind: 'result', id, value });
  } catch (error) {
    const failure = toFailure(error);
    send({ kind: 'result', id, error: failure });
    if (failure.statusCode === undefined && !abort.signal.aborted) fail(error);
  } finally {
    cancelled.delete(id);
  }
}

/** After a fatal error of DuckDB the process ends, since DuckDB answers nothing any more. All other errors are reported. */
function fail(error: unknown): void {
  const { message } = error as Error;
  if (error instanceof UnusableReports) return unusable(error);
  if (error instanceof NoDatabase) return restart(message);
  send({ kind: 'error', message });
  if (/invalidated|FATAL|INTERNAL/.test(message))
    endAfter({ kind: 'notice', sentence: `The process of reports is started again: ${message}` });
}

function unusable(error: Error): void {
  endAfter({ kind: 'unusable', reason: error.message, hasOtherSettings: error instanceof OtherSettings });
}

function sayState(): void {
  const { progress = 1, asOf } = engine!;
  send({ kind: 'state', progress, asOf, memory: process.memoryUsage.rss() });
}

/** Restarts the process if it exceeds its memory limit, since DuckDB counts only a part of its memory. Hits do not wait for it. */
function watchMemory(limit: number): void {
  setInterval(() => {
    const resident = process.memoryUsage.rss() / MEBIBYTE;
    if (resident > limit) restart(`it used ${Math.round(resident)} MiB of memory, and its limit is ${limit} MiB.`);
  }, MEMORY_INTERVAL_MS).unref();
}

/** Ends this process, and lets another one start with the same file. @param reason the end of a sentence, after a colon */
function restart(reason: string): void {
  endAfter({ kind: 'restart', reason });
}

function endAfter(last: FromReports): void {
  setTimeout(end, LAST_WORDS_MS);
  send(last, end);
}

/** Ends the process at once: `process.exit` would wait for DuckDB's statements, which may take minutes and much memory. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function stop(): Promise<void> {
  await engine?.close();
  process.exit();
}

function send(message: FromReports, sent: () => void = () => undefined): void {
  if (process.connected) process.send!(message, sent);
}
