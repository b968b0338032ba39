import type { ImportWriter } from '../store/store.js';

/**
 * Whether somebody wants reports, for a start that finds no file of reports: after an import, or with a store that was restored from
 * a backup. It is in the store, because the file of reports belongs in no backup.
 */

/** The bookmark with the time when somebody last asked for reports, or did what shows that they will, Unix seconds. */
const WANTED = 'reports wanted';
const DAY_SECONDS = 86_400;
/** For so long after that, a start builds reports. Otherwise the memory for them would be used for nobody. */
const WANTED_SECONDS = 30 * DAY_SECONDS;

type Bookmarked = Pick<ImportWriter, 'bookmark' | 'appendWithBookmarks'>;

export async function areWanted(store: Bookmarked, now: number): Promise<boolean> {
  return (await store.bookmark(WANTED)) > now - WANTED_SECONDS;
}

/** @throws if the store cannot be written */
export function noteWanted(store: Bookmarked, now: number): Promise<void> {
  return store.appendWithBookmarks([], [{ name: WANTED, value: now }], () => undefined);
}

/**
 * @param note stores the time; if that fails, a later question does it
 * @returns a function to call with each question: it notes the time at most once a day
 */
export function noteDaily(note: (now: number) => Promise<void>, clock: () => number): () => void {
  let noted = 0;
  return () => {
    const now = clock();
    if (now < noted + DAY_SECONDS) return;
    noted = now;
    note(now).catch(() => (noted = 0));
  };
}
