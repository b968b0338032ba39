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

/** Called for each file of tests: the next file of the same process has the same modules. */
export function endWithTheFile(): void {
  afterAll(async () => {
    await Promise.all(endings.splice(0));
    for (const remove of leftovers.splice(0).reverse()) await remove();
  });
}
