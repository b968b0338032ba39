import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../store/sqlite/database.js';
import { isHeld, lockFile } from '../../store/sqlite/file-lock.js';

/** An empty file in the data folder. */
const LOCK_FILE = 'reports.lock';

/** How often the lock is tried while another process has it. */
const AGAIN_MS = 200;

/**
 * Ensures that only one process has the reports of a folder open: DuckDB refuses a second one, and a file that cannot be opened
 * would be deleted. This waits for a command that has them open, or for a collector that is just ending.
 * @param onWait called once if it has to wait
 * @returns the lock, which is released when this process ends
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
