import { queriesOn, type Queries } from './queries.js';
import { runJobs } from './thread-jobs.js';

runJobs((db): Queries => {
  db.exec('PRAGMA query_only = ON; PRAGMA cache_size = -16384');
  return queriesOn(db);
});
