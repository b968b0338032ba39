import type { DuckDBConnection } from '@duckdb/node-api';

/** What did not end so long after it was interrupted never will: its process has to end. */
const STUCK_MS = 5000;

/**
 * Runs something on a connection until it is told to end. What does several queries looks at `ended` before each of them: an interruption
 * ends what runs, and nothing does between two queries.
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
  let stuck: NodeJS.Timeout | undefined;
  const stop = (): void => {
    connection.interrupt();
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
    clearTimeout(stuck);
  }
}
