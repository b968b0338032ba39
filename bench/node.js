// How much time a call of kmq/node takes, how fast hits are delivered, and how many survive if the process is killed,
// compared with two peers in the same run. kmq sends to its collector, which writes each hit to disk; the
// peers send to a server that answers at once and stores nothing.
//
//   npm run bench -- node [rounds]

import { Buffer } from 'node:buffer';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { median, pause } from './support/figures.js';
import { kmq } from './support/kmq.js';
import { installPackages } from './support/peers.js';
import { startCollector, temporaryFolder } from './support/processes.js';

const rounds = Number(process.argv[2] ?? 5);
const EVENTS = 20_000;

const folder = installPackages();
const version = (name) => JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')).version;

console.log(`Node ${process.version}; medians of ${rounds} rounds\n`);
console.log('| client | a call, 100 in a loop | a call, 10 ms apart | delivered | killed after 1,000 calls |');
console.log('|---|--:|--:|--:|--:|');
for (const name of ['kmq', 'posthog-node', '@segment/analytics-node']) {
  const results = [];
  for (let round = 0; round < rounds; round++) results.push(await measure(name));
  const middle = (of) => median(results.map(of));
  const cells = [
    `${middle(({ loop }) => loop).toFixed(0)} µs`,
    `${middle(({ apart }) => apart).toFixed(0)} µs`,
    `${Math.round(middle(({ rate }) => rate)).toLocaleString('en')} hits/s`,
    `${middle(({ survived }) => survived)} arrive`,
  ];
  console.log(`| ${name} ${name === kmq.name ? kmq.version : version(name)} | ${cells.join(' | ')} |`);
}
process.exit(0);

async function measure(name) {
  const server = name === 'kmq' ? await startCounted() : await startReceiver();
  const queue = temporaryFolder();
  const run = async (what) => {
    const child = fork('bench/support/server-application.js', [name, server.origin, queue, what]);
    const [answer] = await once(child, 'message');
    process.on('exit', () => child.kill('SIGKILL'));
    return { child, answer };
  };
  const { loop, apart } = (await run('cost')).answer;
  const before = await server.count();
  const { seconds } = (await run(String(EVENTS))).answer;
  const arrived = (await server.count()) - before;
  if (arrived !== EVENTS) throw new Error(`${name}: ${arrived} of ${EVENTS} arrived`);

  const then = await server.count();
  const { child } = await run('stay');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The application is restarted, as it would be in production.
  const again = await run('nothing');
  await pause(2000);
  again.child.kill('SIGKILL');
  const survived = (await server.count()) - then;
  await server.stop();
  return { loop, apart, rate: EVENTS / seconds, survived };
}

/** Starts the collector. Its hits are counted in an export. */
async function startCounted() {
  const collector = await startCollector();
  const count = async () => {
    const text = await (await fetch(`${collector.origin}/api/v1/export?key=key`)).text();
    return text.split('\n').length - 1;
  };
  return { ...collector, count };
}

/** Starts a server that accepts everything, and counts the events. */
async function startReceiver() {
  let events = 0;
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      if (text.length) events += (JSON.parse(text.toString()).batch ?? []).length;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"success": true, "status": 1}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    count: () => events,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
