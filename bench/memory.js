// Resident memory of the collector while it accepts hits of many people: it must stop growing.
//
//   npm run bench -- memory [millions of hits]

import { load, need, residentMemory, startCollector } from './support/processes.js';

const MILLION = 1e6;
const HITS_OF_A_BATCH = 50;
const most = Number(process.argv[2] ?? 5) * MILLION;

need('/usr/bin/wrk', 'wrk');
const collector = await startCollector();
console.log(`Node ${process.version}, 20,000 people, hit ids, 50 hits a request, 64 connections\n`);
console.log('| hits | resident MiB |');
console.log('|--:|--:|');
for (let hits = 0; ;) {
  console.log(`| ${hits.toLocaleString('en')} | ${Math.round(residentMemory(collector.pid))} |`);
  if (hits >= most) break;
  const { requests } = await load(collector.origin, {
    connections: 64,
    seconds: 10,
    script: 'bench/support/batches.lua',
  });
  hits += requests * HITS_OF_A_BATCH;
}
await collector.stop();
process.exit(0);
