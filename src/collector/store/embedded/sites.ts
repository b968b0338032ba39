import type { Database } from '../sqlite/database.js';

/** Finds the number of a site by its key; -1, which no site has, if the site has sent no hits yet. */
export function siteNumbers(db: Database): (key: string) => number {
  const find = db.prepare('SELECT id FROM sites WHERE key = ?');
  return (key) => (find.get(key) as { id: number } | undefined)?.id ?? -1;
}
