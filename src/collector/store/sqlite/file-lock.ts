import { openDatabase, type Database } from './database.js';

/**
 * Locks a file for this process alone. It is a separate SQLite file, locked by a transaction that stays open: the system releases
 * the lock however the process ends (https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions).
 * @param patience how long to wait for another process, in milliseconds
 * @returns the lock; closing it releases the file
 * @throws Error while another process holds it: see `isHeld`
 */
export function lockFile(file: string, patience: number): Database {
  const lock = openDatabase(file);
  try {
    // The journal of this transaction, which never ends, would need disk space.
    lock.exec(`PRAGMA busy_timeout = ${patience}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

/** Whether a file could not be locked because another process has locked it. */
export function isHeld(error: unknown): boolean {
  return /locked|busy/i.test((error as Error).message);
}
