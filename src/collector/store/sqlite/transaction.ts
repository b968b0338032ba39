import type { Database } from './database.js';

/** Runs work in a transaction: all of it or nothing. @throws whatever the work throws, and SQLite's errors */
export type Transact = <T>(work: () => T) => T;

/** @param onRollback called before the rollback: what the work has read from the database is no longer right */
export function transactionsOn(db: Database, onRollback: () => void = () => undefined): Transact {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      onRollback();
      try {
        rollback.run();
      } catch {
        // SQLite has rolled back by itself after some errors, a full disk among them.
      }
      throw error;
    }
  };
}

/** Runs reads in one transaction, so that they see the same state. */
export function atOneMoment<T>(db: Database, read: () => T): T {
  db.exec('BEGIN');
  try {
    return read();
  } finally {
    try {
      // Nothing was written, and after a page that cannot be read, SQLite would refuse a commit.
      db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, and the error of the reads says why.
    }
  }
}
