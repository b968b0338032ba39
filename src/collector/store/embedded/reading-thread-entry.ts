import { parentPort, workerData } from 'node:worker_threads';
import { EmbeddedReader } from './queries.js';
import { CLOSE, type Answer, type Question } from './reading-thread.js';
import { BUSY_TIMEOUT, openDatabase } from '../sqlite/database.js';

const db = openDatabase(workerData as string);
db.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA cache_size = -16384`);
const reader = new EmbeddedReader(db);

parentPort!.on('message', (message: Question | typeof CLOSE) => {
  if (message === CLOSE) {
    db.close();
    parentPort!.close();
    return;
  }
  const { id, method, parameters } = message;
  const answer: Answer = { id };
  try {
    answer.value = (reader[method] as (...parameters: unknown[]) => unknown).apply(reader, parameters);
  } catch (error) {
    answer.error = (error as Error).message;
  }
  parentPort!.postMessage(answer);
});
