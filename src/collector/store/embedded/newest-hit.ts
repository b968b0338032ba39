import { readable } from '../sqlite/damage.js';
import type { Database } from '../sqlite/database.js';

/**
 * The number of the newest hit; 0 if there is none. If the page with the last hits cannot be read, the number comes
 * from the index of sites, without reading all of it.
 */
export function newestHitIn(db: Database): () => number {
  const newest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
  const byIndex = db.prepare(`
    SELECT coalesce(max((SELECT max(id) FROM hits INDEXED BY hits_by_site WHERE site = sites.id)), 0) AS id FROM sites`);
  return () => ((readable(() => newest.get()) ?? byIndex.get()) as { id: number }).id;
}
