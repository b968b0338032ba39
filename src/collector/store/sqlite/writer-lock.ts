import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.js';
import { isHeld, lockFile } from './file-lock.js';

/** An empty file beside the database. */
export const LOCK_FILE = 'kmq.lock';

/** How long to wait for a process that is just ending. */
const LOCK_TIMEOUT_MS = 1000;

/**
 * Locks a folder for one writer: a second writer would give the same numbers to other identities. Readers do not need the lock.
 * @returns the lock; closing it releases it
 * @throws Error with a sentence for the owner, while another process holds it
 */
export function lockForWriting(folder: string): Database {
  try {
    return lockFile(join(folder, LOCK_FILE), LOCK_TIMEOUT_MS);
  } catch (error) {
    if (!isHeld(error)) throw error;
    throw new Error(
      `Another kmq process writes to ${folder}. Only one process may write to a folder: stop the other one first. A second collector needs another folder (--data).`,
      { cause: error },
    );
  }
}

/** Whether a process may be writing to a folder: also if this process cannot lock the folder, since then it cannot know. */
export function mayBeWritten(folder: string): boolean {
  const file = join(folder, LOCK_FILE);
  if (!existsSync(file)) return false;
  try {
    lockFile(file, 0).close();
    return false;
  } catch {
    return true;
  }
}
