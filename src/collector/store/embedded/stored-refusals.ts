import { readable, readableRows, type ReadableRows } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { Steps } from './removal-steps.js';
import { removedNumbers } from './removed-numbers.js';
import type { EmbeddedWriter } from './writer.js';

/** How many refusals one query reads, and one transaction removes. */
export const REFUSALS_PER_STEP = 50;

export interface StoredRefusalsParts {
  db: Database;
  writer: EmbeddedWriter;
  steps: Steps;
}

/** Finds refusals in the order of arrival, and removes them for good, both also around a page that cannot be read. */
export class StoredRefusals<T extends { id: number }> {
  private readonly behind: Statement;
  private readonly idsByIndex: Statement;
  private readonly idsInTable: Statement;
  private readonly one: Statement;
  private readonly dropOne: Statement;
  private readonly noteRemoved: (numbers: readonly number[]) => void;

  /**
   * @param columns what is read besides the number
   * @param from where rows are looked for, unless it has a page that cannot be read: an index may lack rows without any sign of damage, but
   * reads only the rows of the site
   */
  constructor(
    private readonly parts: StoredRefusalsParts,
    columns: string,
    from: 'table' | 'index',
  ) {
    const { db } = parts;
    const ofSite = 'WHERE key IS ? AND id > ? ORDER BY id LIMIT ?';
    const by = from === 'table' ? 'NOT INDEXED' : 'INDEXED BY refusals_by_key';
    this.behind = db.prepare(`SELECT id, ${columns} FROM refusals ${by} ${ofSite}`);
    this.idsByIndex = db.prepare(`SELECT id FROM refusals INDEXED BY refusals_by_key ${ofSite}`);
    this.idsInTable = db.prepare(`SELECT id FROM refusals NOT INDEXED ${ofSite}`);
    this.one = db.prepare(`SELECT id, ${columns} FROM refusals WHERE id = ?`);
    this.dropOne = db.prepare('DELETE FROM refusals WHERE id = ?');
    this.noteRemoved = removedNumbers(db, 'refusals');
  }

  /** Some at a time. @param key null: those without a site @throws if both the table and its index have a page that cannot be read */
  *of(key: string | null): Generator<ReadableRows<T>> {
    for (let last = 0; ;) {
      // A damaged index may have numbers of rows that do not exist.
      let ids: { id: number }[] = [];
      const read = readableRows<T>(
        () => this.behind.all(key, last, REFUSALS_PER_STEP),
        () =>
          (ids = (readable(() => this.idsByIndex.all(key, last, REFUSALS_PER_STEP)) ??
            this.idsInTable.all(key, last, REFUSALS_PER_STEP)) as { id: number }[]),
        (id) => this.one.get(id),
      );
      if (!read.rows.length && !ids.length) return;
      // Not the last of them: from a page that the disk has not written, SQLite returns numbers of earlier rows after later ones.
      last = Math.max(last + 1, ...[...read.rows, ...ids].map(({ id }) => id));
      yield read;
    }
  }

  /** @returns those that stay, because of a page that cannot be read */
  drop(refusals: readonly T[]): Promise<T[]> {
    const { steps, writer } = this.parts;
    return steps.aroundDamage(refusals, (some) =>
      steps.each(some, REFUSALS_PER_STEP, (few) => {
        const ids = few.map(({ id }) => id);
        // Only those that are there: a damaged page may have named any number.
        this.noteRemoved(ids.filter((id) => this.dropOne.run(id).changes));
        writer.remains.rows('refusals', ids);
      }),
    );
  }
}
