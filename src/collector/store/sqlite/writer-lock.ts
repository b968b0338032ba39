import { join } from 'node:path';
import { openDatabase, type Database } from './database.js';

/** Beside the database; empty. */
export const LOCK_FILE = 'kmq.lock';

/** How long a process that is just ending is waited for. */
const LOCK_TIMEOUT_MS = 1000;

/**
 * One writer a folder: a second one would give the same numbers to other identities. What is locked is a SQLite file
 * of its own, by a transaction that stays open, so the system takes the lock back however the process ends, and
 * readers are not in its way (https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions).
 * @returns the lock; closing it gives it back
 * @throws Error, in a sentence for the owner, while another process holds it
 */
export function lockForWriting(folder: string): Database {
  const lock = openDatabase(join(folder, LOCK_FILE));
  try {
    // The journal of this transaction, which never ends, would need room on the disk.
    lock.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw new Error(`Another kmq process writes to ${folder}: stop it first. One process may write to a folder.`, {
      cause: error,
    });
  }
  return lock;
}
