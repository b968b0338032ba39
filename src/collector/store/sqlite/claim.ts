import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.js';
import { tornLogNotice } from './torn-log.js';
import { lockForWriting } from './writer-lock.js';

/**
 * Claims a folder for this process, which alone writes to it from now on, before the database in there is opened: then
 * it is too late to see whether its log is torn.
 * @param file of the database in the folder
 * @param onNotice told of a torn log
 * @returns the lock; closing it gives the folder back
 * @throws Error, in a sentence for the owner, while another process has the folder
 */
export function claimFolder(folder: string, file: string, onNotice: (sentence: string) => void): Database {
  mkdirSync(folder, { recursive: true });
  const lock = lockForWriting(folder);
  const torn = tornLogNotice(join(folder, file));
  if (torn !== undefined) onNotice(torn);
  return lock;
}
