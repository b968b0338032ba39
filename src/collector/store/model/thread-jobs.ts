import { parentPort } from 'node:worker_threads';
import { CLOSE, type Call, type Result } from './thread.js';

/**
 * Runs the calls of a StoreThread in this thread. Buffers in a result are transferred, not copied.
 * @param jobs functions by name
 * @param close called when the last of them has ended
 */
export function answerCalls(jobs: object, close: () => unknown): void {
  const byName = jobs as Record<string, (...parameters: unknown[]) => unknown>;
  const running = new Set<Promise<void>>();

  const answer = async ({ id, name, parameters }: Call): Promise<void> => {
    const result: Result = { id };
    try {
      result.value = await byName[name]!(...parameters);
    } catch (error) {
      const { message, statusCode } = error as Error & { statusCode?: number };
      result.error = { message, statusCode };
    }
    parentPort!.postMessage(result, buffersOf(result.value));
  };

  const end = async (): Promise<void> => {
    await Promise.all(running);
    await close();
    parentPort!.close();
  };

  parentPort!.on('message', (message: Call | typeof CLOSE) => {
    if (message === CLOSE) return void end();
    const job = answer(message).finally(() => running.delete(job));
    running.add(job);
  });
}

/** The buffers of a result: its own, or those of its members. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const members: unknown[] = value instanceof Uint8Array ? [value] : Object.values(value ?? {});
  return members.filter((member) => member instanceof Uint8Array).map(({ buffer }) => buffer as ArrayBuffer);
}
