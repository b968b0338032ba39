import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../store/sqlite/database.js';
import { isHeld, lockFile } from '../../store/sqlite/file-lock.js';

/** In the data folder; empty. */
const LOCK_FILE = 'reports.lock';

/** How often the lock is tried while another process has it. */
const AGAIN_MS = 200;

/**
 * One process a folder has the reports open: DuckDB refuses a second one, and what cannot be opened would be thrown away. A command that
 * asks without a collector is waited for, and so is the process of a collector that is just ending.
 * @param onWait told, once, that somebody is waited for
 * @returns the lock, which is given back when this process ends
 */
export async function lockReports(folder: string, onWait: () => void): Promise<Database> {
  for (let waits = 0; ; waits++) {
    try {
      return lockFile(join(folder, LOCK_FILE), 0);
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (waits === 0) onWait();
      await wait(AGAIN_MS);
    }
  }
}
