import { fork, type ChildProcess } from 'node:child_process';
import { builtFile } from '../package-files.js';
import type { FromReports, Start, ToReports } from './engine/messages.js';

/** The number of libuv's threads: one for each running question, one for writes, and some for files. */
const THREADPOOL = '12';
const LEAST_HEAP_MEBIBYTES = 192;

/** How often to check that a process still sends messages, which it does each second. */
const LOOK_MS = 10_000;
/**
 * After so many checks without a message, the process hangs. The number is large, since a process of the lowest priority may be
 * slow.
 */
const SILENT_LOOKS = 12;

export interface ProcessEvents {
  onMessage: (message: FromReports) => void;
  /** Called once, when the process has ended or could not be started. */
  onEnd: (how: string, hasBegun: boolean) => void;
  onNotice: (sentence: string) => void;
}

/**
 * Starts a process of reports.
 * @returns undefined if `fork` throws; then `onEnd` was called already. If the start fails later, `onEnd` is called then
 */
export function startProcess(start: Start, { onMessage, onEnd, onNotice }: ProcessEvents): ChildProcess | undefined {
  let child: ChildProcess;
  try {
    child = fork(builtFile('collector/reports/engine/process.js'), {
      serialization: 'advanced',
      env: { ...process.env, UV_THREADPOOL_SIZE: THREADPOOL },
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapOf(start.limits.memory)}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  } catch (error) {
    onEnd((error as Error).message, false);
    return undefined;
  }
  const heard = endWhenSilent(child);
  child.on('message', (message: FromReports) => {
    heard(message);
    onMessage(message);
  });
  child.on('exit', (code, signal) => onEnd(String(signal ?? code), true));
  child.on('error', ({ message }) => {
    // A process that could not be started, for lack of memory or file descriptors, fires no `exit`.
    if (child.pid === undefined) onEnd(message, false);
    else onNotice(`The process of reports: ${message}`);
  });
  sendTo(child, { kind: 'start', start });
  return child;
}

export function sendTo(child: ChildProcess | undefined, message: ToReports): void {
  if (child?.connected) child.send(message, () => undefined);
}

/** MiB of JavaScript's heap, a small part of the process's memory: most of it is for DuckDB. */
function heapOf(memory: number): number {
  return Math.max(LEAST_HEAP_MEBIBYTES, Math.floor(memory / 4));
}

/** Kills a process that hangs: its callers would wait for ever. @returns a function to call with each message */
function endWhenSilent(child: ChildProcess): (message: FromReports) => void {
  let silent = 0;
  let isOpen = false;
  // Checks are counted and not the time, since a suspended machine makes no checks.
  const looking = setInterval(() => {
    // Before the process has opened its file, it may have to wait for another process that has this file open.
    if (isOpen && ++silent > SILENT_LOOKS) child.kill('SIGKILL');
  }, LOOK_MS).unref();
  child.once('exit', () => clearInterval(looking));
  return ({ kind }) => {
    silent = 0;
    isOpen ||= kind === 'open';
  };
}
