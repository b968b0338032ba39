import type { CheckpointJobs } from './checkpoints.js';
import { runJobs } from './thread-jobs.js';

runJobs((db): CheckpointJobs => {
  // Passive: it never delays the writer, and may be incomplete (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
  const statement = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return { checkpoint: () => void statement.all() };
});
