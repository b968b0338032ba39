import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, whole } from './figures.js';
import { load, startCollector, temporaryFolder } from './processes.js';
import { LARGE } from './year-people.js';
import { somebody } from './year-samples.js';

const ROUNDS = 3;
const SECONDS = 6;
/** The time limit of a round on the full store. */
const MOST_SECONDS = 60;
const PEOPLE = 20_000;

/** How many single hits a second are stored, of new and of known people. Rounds on the full and on an empty store alternate. */
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
    ['single hits of 20,000 known people', () => measure({ identities: somePeople(total) })],
  ];
}

/** @returns a file with identities of people of the year, one on each line */
function somePeople(total) {
  const file = join(temporaryFolder(), 'identities');
  const identities = Array.from({ length: PEOPLE }, (_, n) => somebody(total, n + 10_000).person);
  writeFileSync(file, identities.join('\n'));
  return file;
}
