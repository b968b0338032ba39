import type { Database } from '../sqlite/database.js';

/** Tables whose numbers are never given again: a reader of Live that reconnects continues after the number that it has seen last. */
type Table = 'hits' | 'refusals';

/**
 * SQL for the highest number of a row that was removed, as far as this was noted; 0 if none was. It is kept where SQLite keeps the number for
 * AUTOINCREMENT, which these tables were not made with.
 */
export const highestRemoved = (table: Table): string =>
  `coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = '${table}'), 0)`;

/** Notes, in the caller's transaction, the numbers of rows that are removed. */
export function removedNumbers(db: Database, table: Table): (numbers: readonly number[]) => void {
  const note = db.prepare(`UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = '${table}'`);
  const begin = db.prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('${table}', ?)`);
  return (numbers) => {
    if (!numbers.length) return;
    const highest = numbers.reduce((one, other) => Math.max(one, other));
    if (!note.run(highest).changes) begin.run(highest);
  };
}
