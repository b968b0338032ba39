import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, whole } from './figures.js';
import { load, startCollector, temporaryFolder } from './processes.js';
import { LARGE } from './year-people.js';
import { somebody } from './year-samples.js';

const ROUNDS = 3;
const SECONDS = 6;
/** With what a collector needs that has stood still. */
const MOST_SECONDS = 60;
const PEOPLE = 20_000;

/** Single hits a second, of new people and of those who are in the store, beside a store that is empty, in turn. */
export function singleHits(collector, total) {
  const measure = async (settings) => {
    const what = { connections: 64, script: 'bench/support/visitors.lua', seconds: SECONDS, key: LARGE, ...settings };
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const empty = await startCollector();
      const beside = await load(empty.origin, what);
      await empty.stop();
      const full = await collector.ask(MOST_SECONDS, ({ origin }) => load(origin, what));
      if (typeof full === 'string') return full;
      rounds.push({ full: full.rate, beside: beside.rate });
    }
    const middle = (field) => whole(median(rounds.map((round) => round[field])));
    return `${middle('full')} hits/s; ${middle('beside')} on an empty store`;
  };
  return [
    ['single hits of 20,000 new people', () => measure({})],
    ['single hits of 20,000 people who are there', () => measure({ identities: somePeople(total) })],
  ];
}

/** @returns a file of people of the year, by the identities of their first visits */
function somePeople(total) {
  const file = join(temporaryFolder(), 'identities');
  const identities = Array.from({ length: PEOPLE }, (_, n) => somebody(total, n + 10_000).person);
  writeFileSync(file, identities.join('\n'));
  return file;
}
