import type { DuckDBConnection } from '@duckdb/node-api';

/** Interrupt again after so long: DuckDB ignores an interruption while it prepares a statement. */
const AGAIN_MS = 50;
/** If work has not ended so long after its interruption, it never will, and the process must end. */
const STUCK_MS = 5000;

/**
 * Runs work on a connection until a signal ends it: then the current statement is interrupted, and any next one, too. Work of
 * several statements should check `ended` before each.
 * @param onStuck called if the work does not end
 * @throws the reason of the signal
 */
export async function untilEnded<T>(
  connection: DuckDBConnection,
  ended: AbortSignal,
  onStuck: () => void,
  work: () => Promise<T>,
): Promise<T> {
  ended.throwIfAborted();
  let again: NodeJS.Timeout | undefined;
  let stuck: NodeJS.Timeout | undefined;
  const stop = (): void => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), AGAIN_MS);
    stuck = setTimeout(onStuck, STUCK_MS);
  };
  ended.addEventListener('abort', stop);
  try {
    return await work();
  } catch (error) {
    ended.throwIfAborted();
    throw error;
  } finally {
    ended.removeEventListener('abort', stop);
    clearInterval(again);
    clearTimeout(stuck);
  }
}
