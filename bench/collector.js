// How many requests a second the collector answers, each on disk before its answer, compared with nginx, which
// answers the same requests with its built-in GIF and writes an access log that it never syncs. nginx is the limit
// that an owner could have without kmq. Machines are noisy: read the ratio. Then the time of answers at half of the
// highest load.
//
//   npm run bench -- collector [seconds] [a part of the names of loads]

import { median } from './support/figures.js';
import { load, need, startCollector, startNginx } from './support/processes.js';

const seconds = Number(process.argv[2] ?? 10);
const wanted = process.argv[3] ?? '';
const ROUNDS = 3;

need('/usr/sbin/nginx', 'nginx-light');
need('/usr/bin/wrk', 'wrk');

const loads = [
  {
    name: 'the same event each time, 64 connections',
    connections: 64,
    path: '/e?_k=key&_p=bob&_n=Signed+Up&gender=male',
  },
  {
    name: 'the same event each time, 256 connections',
    connections: 256,
    path: '/e?_k=key&_p=bob&_n=Signed+Up&gender=male',
  },
  { name: '20,000 people, hit ids, 64 connections', connections: 64, script: 'bench/support/visitors.lua' },
  // For batches, the ratio is hits of the collector to requests of nginx.
  {
    name: '`/b`, the same event 50 times, 64 connections',
    connections: 64,
    script: 'bench/support/batches.lua',
    people: 1,
    hits: 50,
  },
  {
    name: '`/b`, 50 hits of 20,000 people, hit ids, 64 connections',
    connections: 64,
    script: 'bench/support/batches.lua',
    people: 20_000,
    hits: 50,
  },
];
const PLAIN = loads[0];

console.log(`Node ${process.version}; ${ROUNDS} rounds of ${seconds} s, medians\n`);
console.log('| load | nginx, requests/s | kmq, hits/s (p99) | ratio | later than 2 s, nginx and kmq |');
console.log('|---|--:|--:|--:|--:|');

let most = 0;
for (const { name, hits = 1, ...what } of loads) {
  if (!name.includes(wanted)) continue;
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const nginx = await measure(await startNginx(), hits > 1 ? PLAIN : what);
    const kmq = await measure(await startCollector(), what, hits);
    kmq.rate *= hits;
    rounds.push({ nginx, kmq, ratio: kmq.rate / nginx.rate });
  }
  if (name === PLAIN.name) most = rounds[0].kmq.rate;
  const late = (server) => rounds.reduce((sum, round) => sum + round[server].late, 0);
  const ratio = median(rounds.map((round) => round.ratio));
  const { nginx, kmq } = rounds.find((round) => round.ratio === ratio);
  const thousands = (rate) => Math.round(rate).toLocaleString('en');
  console.log(
    `| ${name} | ${thousands(nginx.rate)} | ${thousands(kmq.rate)} (${kmq.p99}) | ${ratio.toFixed(2)} | ` +
      `${late('nginx')} and ${late('kmq')} |`,
  );
}
if (!most) process.exit(0);

console.log('\n| connections | requests/s | p99 | later than 2 s |');
console.log('|--:|--:|--:|--:|');
for (const { connections, path } of loads.slice(0, 2)) {
  const server = await startCollector();
  // Each connection waits between its requests, so that all together make half of the highest load.
  const delay = Math.round((connections / (most / 2)) * 1000);
  const result = await load(server.origin, { connections, path, seconds, script: 'bench/support/paced.lua', delay });
  console.log(`| ${connections} | ${Math.round(result.rate).toLocaleString('en')} | ${result.p99} | ${result.late} |`);
  await server.stop();
}
process.exit(0);

/** @param hits how many hits a request has; 0 for a server that stores none */
async function measure(server, what, hits = 0) {
  await load(server.origin, { ...what, seconds: 1 });
  const before = hits ? await stored(server.origin) : 0;
  const result = await load(server.origin, { ...what, seconds });
  // wrk leaves a request on each connection unfinished. Every request that it counted must be stored.
  if (hits && (await stored(server.origin)) - before < result.requests * hits)
    throw new Error('acknowledged hits are missing');
  await server.stop();
  return result;
}

async function stored(origin) {
  const response = await fetch(`${origin}/api/v1/export?key=key`);
  let lines = 0;
  for await (const chunk of response.body) for (const byte of chunk) if (byte === 10) lines++;
  return lines;
}
