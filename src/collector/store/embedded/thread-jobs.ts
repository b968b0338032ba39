import { workerData } from 'node:worker_threads';
import { answerCalls } from '../model/thread-jobs.js';
import { BUSY_TIMEOUT_MS, openDatabase, type Database } from '../sqlite/database.js';

/** Runs the calls of a StoreThread in this thread. @param jobsOn makes the jobs for the connection of this thread */
export function runJobs(jobsOn: (db: Database) => object): void {
  const db = openDatabase(workerData as string);
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  answerCalls(jobsOn(db), () => db.close());
}
