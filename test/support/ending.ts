/** What is left of the tests of one file. Files that run in the same worker share this module. */
let endings: Promise<unknown>[] = [];
let leftovers: (() => unknown)[] = [];

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

/** Called once after the tests of each file, by `after-each-file.ts`. */
export async function endAll(): Promise<void> {
  const [ending, removals] = [endings, leftovers];
  [endings, leftovers] = [[], []];
  await Promise.all(ending);
  for (const remove of removals.reverse()) await remove();
}
