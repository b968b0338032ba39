/** How long the end of a process that ends by itself is delayed. */
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
 * Sends waiting hits once when a process has nothing more to do. After a failure the process ends, and the next one sends them. After
 * signals and `process.exit()`, which belong to the application, nothing is sent: waiting hits are in their file.
 * @returns takes this back
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
