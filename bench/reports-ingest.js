// How many hits a second the collector accepts while hits are copied into reports, and without reports. Rounds of both kinds alternate.
// The process of reports runs on the same core as the collector, with the lowest priority.
//
//   npm run bench -- reports-ingest [seconds] [rounds]

import { median, pause, whole } from './support/figures.js';
import { load, need, startCollector } from './support/processes.js';

const seconds = Number(process.argv[2] ?? 10);
const rounds = Number(process.argv[3] ?? 5);

need('/usr/bin/wrk', 'wrk');

const loads = [
  { name: '20,000 people, hit ids', script: 'bench/support/visitors.lua', hits: 1 },
  { name: '`/b`, 50 hits of 20,000 people', script: 'bench/support/batches.lua', people: 20_000, hits: 50 },
];

console.log(`Node ${process.version}; ${rounds} rounds of ${seconds} s, medians, 64 connections\n`);
console.log('| load | hits/s without reports | hits/s while they follow | ratio | behind at the end |');
console.log('|---|--:|--:|--:|--:|');
for (const { name, hits, ...what } of loads) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const without = await measure(what, false);
    const following = await measure(what, true);
    pairs.push({ without, following, ratio: following.rate / without.rate });
  }
  const ratio = median(pairs.map((pair) => pair.ratio));
  const { without, following } = pairs.find((pair) => pair.ratio === ratio);
  const rate = (one) => whole(one.rate * hits);
  console.log(
    `| ${name} | ${rate(without)} | ${rate(following)} | ${ratio.toFixed(2)} | ${following.behind.toFixed(0)} s |`,
  );
}
process.exit(0);

async function measure(what, haveReports) {
  const { origin, stop } = await startCollector();
  const names = () => fetch(`${origin}/api/v1/reports/names?key=key&q={}`);
  if (haveReports) while (!(await names()).ok) await pause(100);
  await load(origin, { ...what, connections: 64, seconds: 1 });
  const { rate } = await load(origin, { ...what, connections: 64, seconds });
  const { asOf } = haveReports ? await (await names()).json() : {};
  const behind = asOf === undefined ? 0 : Date.now() / 1000 - asOf;
  await stop();
  return { rate, behind };
}
