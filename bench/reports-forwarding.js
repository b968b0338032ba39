// How many hits a second reach ClickHouse while a collector fills the tables of reports, and while it does not. Rounds of both kinds
// alternate. The processor time of ClickHouse until the last hit has reached it is printed too: other load affects it less. The
// collector and ClickHouse (test/support/chdb, which is installed if it is missing) share all cores.
//
//   npm run bench -- reports-forwarding [thousands of hits] [rounds]

import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { ClickHouseStore } from '../server/lib/collector/store/clickhouse/store.js';
import { installChdb, startChdb } from '../test/support/chdb/start.ts';
import { median, pause, until, whole } from './support/figures.js';
import { processorSeconds, temporaryFolder } from './support/processes.js';
import { yearOfHits } from './support/year-hits.js';

const BATCH = 1000;
/** How often reports look for new hits: once at the start, and then never while a round runs. */
const NEVER_MS = 2_000_000_000;

const hits = Number(process.argv[2] ?? 500) * 1000;
const rounds = Number(process.argv[3] ?? 5);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

installChdb();
const folder = temporaryFolder();
const { port, pid } = await startChdb(folder);
const entriesFrom = yearOfHits(hits);
let databases = 0;

console.log(`Node ${process.version}; ${rounds} rounds of ${whole(hits)} hits, medians, ${BATCH} hits a commit\n`);
await measure(true);
const pairs = [];
for (let round = 0; round < rounds; round++) {
  const both = {};
  for (const fills of round % 2 ? [true, false] : [false, true]) both[fills] = await measure(fills);
  pairs.push({ without: both.false, filling: both.true, ratio: both.true.rate / both.false.rate });
  console.error(pairs.at(-1));
}
console.log(
  '| | hits/s in the spool | hits/s in ClickHouse | processor time of ClickHouse until then | reports have all of them |',
);
console.log('|---|--:|--:|--:|--:|');
for (const [name, of] of [
  ['without reports', 'without'],
  ['reports are filled', 'filling'],
]) {
  const all = (figure) => median(pairs.map((pair) => pair[of][figure]));
  const behind = of === 'filling' ? `${all('behind').toFixed(1)} s more` : '';
  console.log(
    `| ${name} | ${whole(all('spooled'))} | ${whole(all('rate'))} | ${all('used').toFixed(1)} µs a hit | ${behind} |`,
  );
}
const ratios = pairs.map(({ ratio }) => ratio);
console.log(
  `\nRatio of the pairs, median: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
);
process.exit(0);

async function ask(statement) {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: statement });
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer.trim();
}

async function measure(fills) {
  const database = `round_${++databases}`;
  const store = new ClickHouseStore({
    ...{ url: `clickhouse://127.0.0.1:${port}/${database}`, folder: temporaryFolder(), counting: () => 'auto' },
    ...{ onError: console.error, ...(!fills && { reportIntervalMs: NEVER_MS }) },
  });
  // The tables do not exist at once.
  const asOf = () => ask(`SELECT max(as_of) FROM ${database}.report_fillers`).catch(() => 0);
  await until(async () => Number(await asOf()) > 0);
  const [began, usedBefore] = [performance.now(), processorSeconds(pid)];
  for (let n = 0; n < hits; n += BATCH) {
    await store.append(entriesFrom(n, BATCH));
    // A collector also returns to the event loop between two commits.
    await turn();
  }
  const spooled = performance.now();
  while (store.backlog()) await pause(5);
  const [forwarded, usedAfter] = [performance.now(), processorSeconds(pid)];
  const upto = (table) => `(SELECT max(stamp) FROM ${database}.${table})`;
  if (fills) await until(async () => (await ask(`SELECT ${upto('progress')} = ${upto('report_progress')}`)) === '1');
  const behind = (performance.now() - forwarded) / 1000;
  await store.close();
  await ask(`DROP DATABASE ${database} SYNC`);
  const rate = (end) => (hits / (end - began)) * 1000;
  return { spooled: rate(spooled), rate: rate(forwarded), used: ((usedAfter - usedBefore) / hits) * 1e6, behind };
}
