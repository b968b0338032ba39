// Fills a store with hits of ninety days, in a separate process: node reports-fill.js HITS FOLDER [clickhouse://…]
// With a URL, the folder is that of the spool, and reports are not filled: a collector does that later.
import { mkdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { ClickHouseStore } from '../../server/lib/collector/store/clickhouse/store.js';
import { EmbeddedStore } from '../../server/lib/collector/store/embedded/store.js';
import { pause } from './figures.js';
import { BEGAN, YEAR_SECONDS } from './year-clock.js';
import { yearOfHits } from './year-hits.js';

const BATCH = 1000;
const DAYS = 90;
/** The most hits in the spool, which has a limit. */
const MOST_WAITING = 500_000;
/** How often reports look for new hits: once at the start, and then never while this process runs. */
const NEVER_MS = 2_000_000_000;

const [total, folder, url] = [Number(process.argv[2]), process.argv[3], process.argv[4]];
mkdirSync(folder, { recursive: true });
const options = { folder, counting: () => 'auto', onError: console.error, onNotice: console.error };
const store = url ? new ClickHouseStore({ ...options, url, reportIntervalMs: NEVER_MS }) : new EmbeddedStore(options);
const entriesFrom = yearOfHits(total);
const end = Math.floor(Date.now() / 86_400_000) * 86_400;
/** The hits of a year, moved into ninety days that end with yesterday. */
const compressed = (time) => end - DAYS * 86_400 + Math.floor(((time - BEGAN) * DAYS * 86_400) / YEAR_SECONDS);

for (let n = 0; n < total; n += BATCH) {
  const entries = entriesFrom(n, BATCH);
  for (const entry of entries) {
    entry.received = compressed(entry.received);
    entry.hit.time = entry.hit.sent = compressed(entry.hit.time);
  }
  await store.append(entries);
  await turn();
  while (store.backlog() > MOST_WAITING) await pause(20);
}
while (store.backlog()) await pause(20);
await store.close();
