import { afterAll } from 'vitest';

const endings: Promise<unknown>[] = [];
const leftovers: (() => unknown)[] = [];

/**
 * Lets something come to its end beside the tests that follow, and not in their way: a collector waits for requests that
 * are on their way before it closes. The file of tests is over when all of them have ended.
 */
export function endBeside(ending: Promise<unknown>): void {
  endings.push(ending);
}

/** Removes what those need that end beside the tests, once all of them have ended; the latest first. */
export function removeAtTheEnd(remove: () => unknown): void {
  leftovers.push(remove);
}

afterAll(async () => {
  await Promise.all(endings);
  for (const remove of leftovers.reverse()) await remove();
});
