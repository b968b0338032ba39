import { join } from 'node:path';
import { orSayWhose, prepareFolder } from './data-folder.js';
import type { Database } from './database.js';
import { readLog } from './write-ahead-log.js';
import { lostDatabaseFault } from './lost-database.js';
import { tornLogNotice } from './torn-log.js';
import { LOCK_FILE, lockForWriting } from './writer-lock.js';

/**
 * Claims a folder for this process, the only one that may write to it. Call it before the database is opened: after that it
 * cannot be known whether the end of its log was incomplete, or whether the log has lost its database.
 * @param file the database in the folder
 * @param onNotice called with a sentence about an incomplete log
 * @returns the lock; closing it releases the folder
 * @throws Error with a sentence for the owner: another process has the folder, it cannot be written, or the database was lost
 */
export function claimFolder(folder: string, file: string, onNotice: (sentence: string) => void): Database {
  prepareFolder(folder, claimedFiles(file));
  const lock = orSayWhose(folder, () => lockForWriting(folder));
  try {
    checkDatabase(join(folder, file), onNotice);
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

/** The files that the process with the folder has to write. @param file the database in the folder */
export const claimedFiles = (file: string): string[] => [LOCK_FILE, file, `${file}-wal`, `${file}-shm`];

/** @throws Error with a sentence for the owner, for a database that must not be opened */
export function checkDatabase(path: string, onNotice: (sentence: string) => void = () => undefined): void {
  const log = readLog(path);
  const fault = lostDatabaseFault(path, log);
  if (fault !== undefined) throw new Error(fault);
  const torn = log && tornLogNotice(path, log);
  if (torn !== undefined) onNotice(torn);
}
