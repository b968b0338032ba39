import { afterAll } from 'vitest';

const endings: Promise<unknown>[] = [];
const leftovers: (() => unknown)[] = [];

/**
 * Lets something end while the next tests run: a collector waits for incomplete requests before it closes. The tests of a file
 * are over when everything has ended.
 */
export function endBeside(ending: Promise<unknown>): void {
  endings.push(ending);
}

/** Removes files of things that end while the tests run, once all of them have ended; the latest first. */
export function removeAtTheEnd(remove: () => unknown): void {
  leftovers.push(remove);
}

afterAll(async () => {
  await Promise.all(endings);
  for (const remove of leftovers.reverse()) await remove();
});
