// Whether reading delays arriving hits: a client sends a hit every ten milliseconds and waits for each answer,
// first alone, and then while another client repeats a question.
//
//   npm run bench -- looking

import { Buffer } from 'node:buffer';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedStore } from '../server/lib/collector/store/embedded/store.js';
import { startCollector, temporaryFolder } from './support/processes.js';

const SECONDS = 6;
const EVERY_MS = 10;
const BEGAN = 1_760_000_000;

const data = temporaryFolder();
await fill();
const { origin, stop } = await startCollector({ data });
const polite = new Agent({ keepAlive: true });
const api = `${origin}/api/v1`;

const questions = {
  none: undefined,
  'a person of 100,000 hits': () => read(`${api}/person?key=person&id=regular`),
  'a person of 300 hits with 6 MiB each': () => read(`${api}/person?key=large&id=regular`),
  'a search for text that is in all of 200,000 identities': () => read(`${api}/people?key=many&q=example`),
  'a search for text that is in no identity': () => read(`${api}/people?key=many&q=%C3%A4%C3%B6`),
  'Live of 100 hits with 6 MiB each, opened again each time': () => firstOfLive('large'),
  'the export of 200,000 hits': () => read(`${api}/export?key=many`),
};

console.log(`Node ${process.version}: a hit every ${EVERY_MS} ms, and how long its answer takes, in ms\n`);
console.log('| question | how often it was answered | bytes of each answer | median | p99 | longest |');
console.log('|---|--:|--:|--:|--:|--:|');
for (const [name, ask] of Object.entries(questions)) {
  const asked = { answers: 0, bytes: 0, until: performance.now() + SECONDS * 1000 };
  const asking = ask && repeat(ask, asked);
  const times = await sendUntil(asked.until);
  await asking;
  const at = (part) => times[Math.floor(part * (times.length - 1))].toFixed(1);
  const bytes = asked.answers ? Math.round(asked.bytes / asked.answers).toLocaleString('en') : '';
  console.log(`| ${name} | ${asked.answers || ''} | ${bytes} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`);
}
await stop();
process.exit(0);

async function repeat(ask, asked) {
  while (performance.now() < asked.until) {
    asked.bytes += await ask();
    asked.answers++;
  }
}

/** How long each hit took, sorted. A hit is sent ten milliseconds after the one before it, or at once if that one took longer. */
async function sendUntil(end) {
  const times = [];
  for (let n = 0; performance.now() < end; n++) {
    const began = performance.now();
    await new Promise((resolve, reject) => {
      request(`${origin}/e?_k=polite&_p=bob&_n=n${n}&_t=${n}`, { agent: polite }, (response) =>
        response.resume().on('end', resolve),
      )
        .on('error', reject)
        .end();
    });
    const took = performance.now() - began;
    times.push(took);
    await pause(Math.max(0, EVERY_MS - took));
  }
  return times.sort((a, b) => a - b);
}

async function read(url) {
  const response = await fetch(url);
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.length;
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return bytes;
}

/** The first page of Live, which ends with an id. */
async function firstOfLive(key) {
  const response = await fetch(`${api}/live?key=${key}`);
  let bytes = 0;
  let last = '';
  for await (const chunk of response.body) {
    bytes += chunk.length;
    last = (last + Buffer.from(chunk).toString('latin1')).slice(-200);
    if (/\nid: \S+\n\n$/.test(last)) return bytes;
  }
  throw new Error('Live has ended.');
}

async function fill() {
  const store = new EmbeddedStore({ folder: data, counting: () => 'hit-id', durability: 'fast' });
  const add = async (count, hit) => {
    for (let n = 0; n < count;) {
      const batch = [];
      for (const end = Math.min(count, n + 1000); n < end; n++) batch.push(entry(n, hit(n)));
      await store.append(batch);
    }
  };
  const said = [
    ['URL', 'https://shop.example/p/1000'],
    ['Referrer', 'Direct'],
  ];
  await add(100_000, (n) => ({ key: 'person', person: 'regular', name: `Event ${n % 200}`, properties: said }));
  await add(200_000, (n) => ({ key: 'many', person: `someone.${n}@example.com`, name: 'Page View', properties: said }));
  const megabyte = Array.from({ length: 128 }, (_, n) => [`p${n}`, '\u0001'.repeat(8192)]);
  for (let n = 0; n < 300; n++) {
    await store.append([entry(n, { key: 'large', person: 'regular', name: 'Large', properties: megabyte })]);
  }
  await store.close();
}

function entry(n, hit) {
  const time = BEGAN + n;
  return {
    hit: { kind: 'event', time, sent: time, id: `h${n}`, warnings: [], ...hit },
    received: time,
    agent: 'browser',
  };
}
