import type { DuckDBConnection } from '@duckdb/node-api';

/** DuckDB forgets an interruption that comes while it prepares a statement, and runs that to its end. */
const AGAIN_MS = 50;
/** What did not end so long after it was interrupted never will: its process has to end. */
const STUCK_MS = 5000;

/**
 * Runs something on a connection until it is told to end: then whatever statement runs is interrupted, and the next one as well. What
 * does several need not begin the next: it looks at `ended`.
 * @param onStuck told of what does not end
 * @throws the reason for which it had to end
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
