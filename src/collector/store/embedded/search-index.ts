import { foldedForIndex, FOLDING, INDEXED } from './folding.js';
import type { EmbeddedWriter } from './writer.js';
import type { Database, Statement } from '../sqlite/database.js';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { DiskFull } from '../sqlite/errors.js';
import type { DiskSpace } from '../sqlite/disk-space.js';

/** How many identities one transaction adds, which takes some milliseconds. */
const IDENTITIES_PER_TRANSACTION = 400;
/** How long after a hit the index is updated. Until then the search compares new identities one by one. */
const INDEX_DELAY_MS = 1000;
/** The same after a page could not be read: each attempt that fails makes the writer forget what it has in memory. */
const DAMAGED_DELAY_MS = 60_000;

/** A sentence for the owner. */
const DAMAGED_INDEX =
  'A database page of the index of the search cannot be read. People can be erased all the same, but parts of three letters of their names may ' +
  'stay in this index. Export what can be read, and import it into a new folder on another disk.';

const INCOMPLETE_INDEX =
  'A database page of the store cannot be read, so new people are not added to the index of the search. When they are very many, the search compares ' +
  'only some of them. Export what can be read, and import it into a new folder on another disk.';

/**
 * The index for the search. It is updated after the commits: the trigrams of an identity cost more than the rest of a hit, and no
 * sender has to wait for them.
 */
export class SearchIndex {
  private readonly missing: Statement;
  private readonly add: Statement;
  private readonly advance: Statement;
  private readonly behind: Statement;
  private readonly drop: Statement;
  private readonly isOther: Statement;
  private readonly refold: Statement;
  private readonly empty: Statement;
  /** Whether removed identities stay in the index. */
  private isLeft = false;
  private timer: NodeJS.Timeout | undefined;
  private delay = INDEX_DELAY_MS;
  private closed = false;

  constructor(
    db: Database,
    private readonly writer: EmbeddedWriter,
    private readonly diskSpace: DiskSpace,
    private readonly onError: (error: unknown) => void,
  ) {
    this.missing = db.prepare(
      `SELECT id, identity FROM identities WHERE id > ${INDEXED} ORDER BY id LIMIT ${IDENTITIES_PER_TRANSACTION}`,
    );
    this.add = db.prepare('INSERT INTO trigrams (rowid, identity) VALUES (?, ?)');
    this.advance = db.prepare('UPDATE indexed SET identity = ?');
    this.behind = db.prepare('SELECT 1 FROM indexed WHERE identity >= ?');
    this.drop = db.prepare("INSERT INTO trigrams (trigrams, rowid, identity) VALUES ('delete', ?, ?)");
    this.isOther = db.prepare('SELECT 1 FROM indexed WHERE folding <> ?');
    this.refold = db.prepare('UPDATE indexed SET identity = 0, folding = ?');
    this.empty = db.prepare("INSERT INTO trigrams (trigrams) VALUES ('delete-all')");
  }

  /** Call it when identities may have been added. */
  wake(): void {
    this.timer ??= setTimeout(() => this.step(), this.delay).unref();
  }

  /** Removes an identity from the index before it is removed from the table; part of the caller's transaction. */
  forget(id: number, identity: string): void {
    if (this.isLeft) return;
    this.beginAnew();
    if (this.behind.get(id)) this.drop.run(id, foldedForIndex(identity));
  }

  /**
   * Removes identities; if that fails because of damage, once more without removing them from the index. FTS5 may find a damaged page
   * only when the transaction is committed.
   */
  async orLeft(remove: () => Promise<void>): Promise<void> {
    let cause: unknown;
    try {
      return await remove();
    } catch (error) {
      if (!isDamage(error)) throw error;
      cause = error;
    }
    this.isLeft = true;
    try {
      await remove();
    } finally {
      this.isLeft = false;
    }
    this.writer.onDamage(new NotedDamage(DAMAGED_INDEX, { cause }));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /**
   * To remove an entry, FTS5 needs exactly the text that was added. So an index that was made by other rules, such as those of
   * another version of Unicode, is emptied before it is changed, and filled again.
   */
  private beginAnew(): void {
    // Checked by a read first: FTS5 writes its buffer with each statement that could write.
    if (!this.isOther.get(FOLDING)) return;
    this.refold.run(FOLDING);
    this.empty.run();
  }

  private step(): void {
    this.timer = undefined;
    if (this.closed) return;
    try {
      const rows = this.missing.all() as { id: number; identity: string }[];
      if (!rows.length) return;
      const add = (): void => {
        this.beginAnew();
        for (const { id, identity } of rows) this.add.run(id, foldedForIndex(identity));
        this.advance.run(rows.at(-1)!.id);
      };
      this.diskSpace.take(() => this.writer.transaction(add));
      this.delay = INDEX_DELAY_MS;
      if (rows.length === IDENTITIES_PER_TRANSACTION) setImmediate(() => this.step());
    } catch (error) {
      if (isDamage(error)) {
        this.delay = DAMAGED_DELAY_MS;
        // The next hit wakes it.
        return this.writer.onDamage(new NotedDamage(INCOMPLETE_INDEX, { cause: error }));
      }
      // Commits log a full disk already.
      if (!(error instanceof DiskFull)) this.onError(error);
      this.wake();
    }
  }
}
