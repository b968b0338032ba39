/** How long a process is held that ends by itself. */
const EXIT_TIMEOUT_MS = 10_000;

interface Leaving {
  /** Whether something waits that could be sent. */
  waits: () => boolean;
  flush: (limit: number) => Promise<boolean>;
  giveUp: () => void;
  exit: () => void;
}

const all = new Set<Leaving>();

/**
 * Sends what waits when a process has nothing more to do, once: after a failure it ends, and the next one sends. Signals
 * and `process.exit()` are the application's own, and nothing is sent then: what waits is in its file.
 * @returns what forgets about it
 */
export function flushBeforeExit(leaving: Leaving): () => void {
  if (!all.size) process.on('beforeExit', flushAll).on('exit', leaveAll);
  all.add(leaving);
  return () => {
    all.delete(leaving);
    if (!all.size) process.off('beforeExit', flushAll).off('exit', leaveAll);
  };
}

function flushAll(): void {
  for (const { waits, flush, giveUp } of all) {
    if (!waits()) continue;
    void flush(EXIT_TIMEOUT_MS).then((delivered) => {
      if (!delivered) giveUp();
    });
  }
}

function leaveAll(): void {
  for (const { exit } of all) exit();
}
