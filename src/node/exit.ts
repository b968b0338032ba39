/** The longest time by which the end of a process is delayed. */
const EXIT_TIMEOUT_MS = 10_000;

interface Leaving {
  /** Whether there are hits that are being sent or can be sent now. */
  waits: () => boolean;
  flush: (limit: number) => Promise<boolean>;
  giveUp: () => void;
  exit: () => void;
}

const all = new Set<Leaving>();

/**
 * Sends waiting hits once when a process has nothing more to do. If that fails, the process ends, and the next one sends them.
 * After a signal or `process.exit()` nothing is sent, since both belong to the application: waiting hits stay in their file.
 * @returns a function that removes this again
 */
export function flushBeforeExit(leaving: Leaving): () => void {
  if (!all.size) process.on('beforeExit', flushAll).on('exit', leaveAll);
  all.add(leaving);
  return () => {
    all.delete(leaving);
    if (!all.size) process.off('beforeExit', flushAll).off('exit', leaveAll);
  };
}

/** How many clients are open in this process. */
export function openClients(): number {
  return all.size;
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
