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
