// Fills an embedded store with hits of ninety days, in a process of its own: node reports-fill.js HITS FOLDER
import { mkdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { EmbeddedStore } from '../../server/lib/collector/store/embedded/store.js';
import { BEGAN, YEAR_SECONDS } from './year-clock.js';
import { yearOfHits } from './year-hits.js';

const BATCH = 1000;
const DAYS = 90;

const [total, folder] = [Number(process.argv[2]), process.argv[3]];
mkdirSync(folder, { recursive: true });
const store = new EmbeddedStore({ folder, counting: () => 'auto', onError: console.error, onNotice: console.error });
const entriesFrom = yearOfHits(total);
const end = Math.floor(Date.now() / 86_400_000) * 86_400;
/** A year's hits within as many days, which end with yesterday. */
const compressed = (time) => end - DAYS * 86_400 + Math.floor(((time - BEGAN) * DAYS * 86_400) / YEAR_SECONDS);

for (let n = 0; n < total; n += BATCH) {
  const entries = entriesFrom(n, BATCH);
  for (const { hit } of entries) hit.time = hit.sent = compressed(hit.time);
  await store.append(entries);
  await turn();
}
await store.close();
