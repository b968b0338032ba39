// How long it takes to read a person and to search for one, among a million people and ten million hits, without load and
// while hits arrive.
//
//   npm run bench -- reading [thousands of people] [hits of each]

import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { EmbeddedStore } from '../server/lib/collector/store/embedded/store.js';
import { openDatabase } from '../server/lib/collector/store/sqlite/database.js';
import { pause } from './support/figures.js';
import { need, load, startCollector, temporaryFolder } from './support/processes.js';

const people = Number(process.argv[2] ?? 1000) * 1000;
const hitsOfEach = Number(process.argv[3] ?? 10);
const ROUNDS = 200;
const FIRST = ['ada', 'bob', 'carl', 'dora', 'emil', 'fay', 'gus', 'hana'];
const EVENTS = ['Visited Site', 'Page View', 'Added to Cart', 'Signed Up'];

need('/usr/bin/wrk', 'wrk');
const data = temporaryFolder();
const identities = Array.from({ length: people }, () => randomBytes(21).toString('base64url'));
/** One in five is named with the third hit. */
const nameOf = (person) => `${FIRST[person % 8]}.${person}@example${person % 997}.com`;
await fill();

const { origin, stop } = await startCollector({ data });
const get = (path) => fetch(`${origin}/api/v1/${path}key=key`).then((response) => response.json());
const someone = () => nameOf(randomInt(people / 5) * 5);
const questions = {
  'a person by name': () => get(`people/${encodeURIComponent(someone())}?`),
  'a person by anonymous id': () => get(`people/${identities[randomInt(people)]}?`),
  'the search for a part that few have': () => get(`people?q=${someone().slice(0, 9)}&`),
  'the search for a part that thousands have': () => get(`people?q=example${randomInt(997)}&`),
  'the search for one letter': () => get(`people?q=${FIRST[randomInt(8)][0]}&`),
  'the search for nothing: who came last': () => get('people?q=&'),
};

console.log(`Node ${process.version}, ${people.toLocaleString('en')} people of ${hitsOfEach} hits each, in ms\n`);
console.log('| question | median, idle | p99 | median, 64 connections sending | p99 |');
console.log('|---|--:|--:|--:|--:|');
for (const question of Object.values(questions)) await question();
for (const [name, ask] of Object.entries(questions)) {
  const idle = await time(ask);
  const sending = load(origin, { connections: 64, seconds: 8, script: 'bench/support/visitors.lua' });
  const busy = await time(ask, ROUNDS / 4);
  await sending;
  console.log(`| ${name} | ${idle.join(' | ')} | ${busy.join(' | ')} |`);
}
await stop();
process.exit(0);

async function time(ask, rounds = ROUNDS) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return [0.5, 0.99].map((part) => times[Math.floor(part * (rounds - 1))].toFixed(1));
}

async function fill() {
  const store = new EmbeddedStore({ folder: data, counting: () => 'reference' });
  const began = 1_760_000_000;
  const total = people * hitsOfEach;
  for (let n = 0; n < total;) {
    const batch = [];
    for (; batch.length < 1000 && n < total; n++) batch.push(hit(n, began + Math.floor(n / 200)));
    await store.append(batch);
  }
  // The index for the search is updated after the commits, when no hits arrive.
  const db = openDatabase(join(data, 'kmq.db'));
  const behind = db.prepare('SELECT max(id) - (SELECT identity FROM indexed) AS count FROM identities');
  while (behind.get().count > 0) await pause(1000);
  db.close();
  await store.close();
}

function hit(n, time) {
  const person = n % people;
  const round = Math.floor(n / people);
  const named = person % 5 === 0;
  const common = { key: 'key', time, sent: time, id: `${time}${String(n).padStart(10, '0')}`, warnings: [] };
  const said =
    named && round === 2
      ? { kind: 'alias', person: identities[person], name: nameOf(person), properties: [] }
      : {
          kind: 'event',
          person: named && round > 2 ? nameOf(person) : identities[person],
          name: EVENTS[round % 4],
          properties: [
            ['URL', `https://shop.example/p/${person % 1000}`],
            ['Referrer', 'Direct'],
          ],
        };
  return { hit: { ...common, ...said }, received: time, agent: 'browser' };
}
