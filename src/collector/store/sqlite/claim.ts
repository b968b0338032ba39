import { join } from 'node:path';
import { orSayWhose, prepareFolder } from './data-folder.js';
import type { Database } from './database.js';
import { readLog } from './log.js';
import { lostDatabaseFault } from './lost-database.js';
import { tornLogNotice } from './torn-log.js';
import { LOCK_FILE, lockForWriting } from './writer-lock.js';

/**
 * Claims a folder for this process, the only one that may write to it. Call it before the database is opened: after that nobody can see
 * whether its log is torn, or has lost its database.
 * @param file of the database in the folder
 * @param onNotice told of a torn log
 * @returns the lock; closing it gives the folder back
 * @throws Error, in a sentence for the owner, while another process has the folder, where it cannot be written, and where
 *   the database was lost
 */
export function claimFolder(folder: string, file: string, onNotice: (sentence: string) => void): Database {
  prepareFolder(folder, [LOCK_FILE, file, `${file}-wal`, `${file}-shm`]);
  const lock = orSayWhose(folder, () => lockForWriting(folder));
  try {
    checkDatabase(join(folder, file), onNotice);
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

/** @throws Error, in a sentence for the owner, for a database that must not be opened */
export function checkDatabase(path: string, onNotice: (sentence: string) => void = () => undefined): void {
  const log = readLog(path);
  const fault = lostDatabaseFault(path, log);
  if (fault !== undefined) throw new Error(fault);
  const torn = log && tornLogNotice(path, log);
  if (torn !== undefined) onNotice(torn);
}
