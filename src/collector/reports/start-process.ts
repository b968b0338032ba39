import { fork, type ChildProcess } from 'node:child_process';
import { builtFile } from '../package-files.js';
import type { FromReports, Start, ToReports } from './engine/messages.js';

/** Threads of libuv: one for each question that runs, one for what is written, and some for files. */
const THREADPOOL = '12';
const LEAST_HEAP_MEBIBYTES = 192;

/** How often it is looked whether a process still says something, which it does each second. */
const LOOK_MS = 10_000;
/** So many looks without a word, and it is stopped or hangs. It has the lowest priority, so it may well be slow. */
const SILENT_LOOKS = 12;

export interface ProcessEvents {
  onMessage: (message: FromReports) => void;
  /** Once: it has ended, or could not begin. */
  onEnd: (how: string, hasBegun: boolean) => void;
  onNotice: (sentence: string) => void;
}

/**
 * Starts a process of reports.
 * @returns undefined where none can begin: `onEnd` has been told already
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
    // One that could not begin, for want of memory or of file descriptors, never exits.
    if (child.pid === undefined) onEnd(message, false);
    else onNotice(`The process of reports: ${message}`);
  });
  sendTo(child, { kind: 'start', start });
  return child;
}

export function sendTo(child: ChildProcess | undefined, message: ToReports): void {
  if (child?.connected) child.send(message, () => undefined);
}

/** MiB that JavaScript may take of a process's memory: most of it is DuckDB's. */
function heapOf(memory: number): number {
  return Math.max(LEAST_HEAP_MEBIBYTES, Math.floor(memory / 4));
}

/** Whoever waits for a process that hangs would wait for ever. @returns what is told each message */
function endWhenSilent(child: ChildProcess): (message: FromReports) => void {
  let silent = 0;
  let isOpen = false;
  // Looks are counted, and not the time: a machine that slept has made none.
  const looking = setInterval(() => {
    // Until it is open it may wait for another process, which has the file.
    if (isOpen && ++silent > SILENT_LOOKS) child.kill('SIGKILL');
  }, LOOK_MS).unref();
  child.once('exit', () => clearInterval(looking));
  return ({ kind }) => {
    silent = 0;
    isOpen ||= kind === 'open';
  };
}
