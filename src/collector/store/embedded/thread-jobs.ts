import { parentPort, workerData } from 'node:worker_threads';
import { BUSY_TIMEOUT_MS, openDatabase, type Database } from '../sqlite/database.js';
import { CLOSE, type Call, type Result } from './thread.js';

/** Does in this thread what a StoreThread calls for. @param jobsOn the jobs, on the connection of this thread */
export function runJobs(jobsOn: (db: Database) => object): void {
  const db = openDatabase(workerData as string);
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const jobs = jobsOn(db) as Record<string, (...parameters: unknown[]) => unknown>;

  parentPort!.on('message', (message: Call | typeof CLOSE) => {
    if (message === CLOSE) {
      db.close();
      parentPort!.close();
      return;
    }
    const { id, name, parameters } = message;
    const result: Result = { id };
    try {
      result.value = jobs[name]!(...parameters);
    } catch (error) {
      result.error = (error as Error).message;
    }
    parentPort!.postMessage(result);
  });
}
