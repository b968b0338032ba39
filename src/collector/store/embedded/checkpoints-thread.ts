import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { CheckpointJobs } from './checkpoints.js';
import { runJobs } from './thread-jobs.js';

/** What SQLite answers: pages in the write-ahead log, and how many of them the database has as well. */
interface Progress {
  log: number;
  checkpointed: number;
}

runJobs((db): CheckpointJobs => {
  // Passive: it never delays the writer, and may be incomplete (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
  const statement = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return {
    checkpoint: () => {
      const { log, checkpointed } = statement.get() as Progress;
      // A reader, such as a backup, keeps SQLite from copying, and SQLite syncs the log only when it copies something.
      if (checkpointed < log) syncLog(workerData as string);
    },
  };
});

/** Syncs the write-ahead log of a database. @throws the system's error */
function syncLog(database: string): void {
  const file = openSync(`${database}-wal`, 'r+');
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
