import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';

/** How long a stop may take. Then the process ends with exit code 1. */
const STOP_MS = 10_000;

interface Stoppable {
  close(): PromiseLike<void>;
  log: { info(message: string): void; error(error: unknown, message?: string): void; fatal(message: string): void };
}

/**
 * SIGTERM and SIGINT stop the collector: it answers the requests that it has accepted, and exits with 0. A second signal ends it at
 * once, with 128 plus the number of the signal, as shells do. The listeners are added before anything is opened: in a container,
 * the first process gets only signals for which it has a listener.
 *
 * SIGHUP stops it only if it was started in a terminal: then the signal says that the terminal is closed. Elsewhere it means that logs or
 * certificates have been renewed. `nohup` cannot say so by ignoring the signal, since Node undoes that at its start; but `nohup` also leaves no terminal.
 * @param reloads whether SIGHUP loads something again
 */
export function stopOnSignals(reloads: boolean): { start(collector: Stoppable): void } {
  let collector: Stoppable | undefined;
  let stopping = false;
  const stopsOnHangup = !reloads && [0, 1, 2].some((descriptor) => isatty(descriptor));
  // Without a listener, it would end the process at once.
  if (!stopsOnHangup) process.on('SIGHUP', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', ...(stopsOnHangup ? (['SIGHUP'] as const) : [])] as const) {
    process.on(signal, () => {
      // When a terminal is closed, the system and the shell may both send the signal.
      if (stopping && signal === 'SIGHUP') return;
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      if (!collector) process.exit(0);
      const { log } = collector;
      log.info(`stopping, on ${signal}`);
      setTimeout(() => {
        log.fatal(
          `not stopped within ${STOP_MS / 1000} seconds: the process ends now. Hits without an answer are not acknowledged, and trackers send them again`,
        );
        process.exit(1);
      }, STOP_MS);
      collector.close().then(
        () => {
          log.info('stopped');
          process.exit(0);
        },
        (error: unknown) => {
          log.error(error, 'the orderly stop failed');
          process.exit(1);
        },
      );
    });
  }
  return { start: (started) => void (collector = started) };
}

/**
 * Removes an unfinished file or folder when a signal ends the command. The exit code is then 128 plus the number of the signal, as
 * shells do.
 * @param path of a file or folder
 * @returns a function that cancels this: call it when the file is finished or removed
 */
export function removedOnSignals(path: string): () => void {
  const endings = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const end = (): void => {
      rmSync(path, { recursive: true, force: true });
      // If there are listeners for several paths, the last one ends the process.
      if (process.listeners(signal).at(-1) === end) process.exit(128 + constants.signals[signal]);
    };
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  return () => endings.forEach((stop) => stop());
}
