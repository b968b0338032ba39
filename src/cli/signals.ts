import { rmSync } from 'node:fs';
import { constants } from 'node:os';

/** How long a collector that was told to stop may take; then it is ended with exit code 1. */
const STOP_MS = 10_000;

interface Stoppable {
  close(): PromiseLike<void>;
  log: { info(message: string): void; error(error: unknown, message?: string): void; fatal(message: string): void };
}

/**
 * SIGTERM and SIGINT stop the collector: it answers what it has taken and ends with 0. A second signal ends it at
 * once, with 128 and the signal's number, as a shell counts. Listened to before anything is opened: as the first
 * process of a container, one without a listener does not even get them.
 */
export function stopOnSignals(): { start(collector: Stoppable): void } {
  let collector: Stoppable | undefined;
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      if (!collector) process.exit(0);
      const { log } = collector;
      log.info(`stopping, on ${signal}`);
      setTimeout(() => {
        log.fatal(`not stopped within ${STOP_MS / 1000} seconds: what was not answered is not acknowledged`);
        process.exit(1);
      }, STOP_MS);
      collector.close().then(
        () => {
          log.info('stopped');
          process.exit(0);
        },
        (error: unknown) => {
          log.error(error, 'could not stop in order');
          process.exit(1);
        },
      );
    });
  }
  return { start: (started) => void (collector = started) };
}

/**
 * What a command has not finished goes with it when it is ended, by Ctrl+C or from outside: then its status is that of the
 * signal, as a shell counts.
 * @param path of a file or folder
 * @returns what is called when it is finished, or removed
 */
export function removedOnSignals(path: string): () => void {
  const endings = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const end = (): void => {
      rmSync(path, { recursive: true, force: true });
      // With the listeners of several paths, the last one called ends the process.
      if (process.listeners(signal).at(-1) === end) process.exit(128 + constants.signals[signal]);
    };
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  return () => endings.forEach((stop) => stop());
}
