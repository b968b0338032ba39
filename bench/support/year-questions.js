import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { median, quantile, whole } from './figures.js';
import { domainOfSome, LARGE, SMALL } from './year-people.js';
import { busiest, somebody } from './year-samples.js';

/**
 * The questions of an owner to a collector with a year of hits: by name, functions that ask a question and return the measurement as
 * text. Each gets the collector's URL, the time limit in seconds, and a signal that is aborted at this limit.
 */

const PEOPLE = 100;
const ERASED_PEOPLE = 20;
const ROUNDS = 20;
const EXPORT_SECONDS = 60;
/** Hits per e-mail address: one person in five has an address, and a person has nine hits on average. */
const HITS_OF_AN_ADDRESS = 45;
/** How many of the people with the most hits are known, since earlier runs may have erased some of them. */
const BUSIEST = 40;

/** @param run how many runs there were on this folder: each run erases other people */
export function readings(total, run) {
  const search = (text) => (asked) =>
    timed(asked, ROUNDS, (n) => ask(asked, `people?key=${LARGE}&q=${encodeURIComponent(text(n))}`));
  const few = (n) => {
    for (; ; n += PEOPLE) {
      const { email } = somebody(total, n);
      if (email) return email.split('@')[0];
    }
  };
  const some = domainOfSome(4000, total / HITS_OF_AN_ADDRESS);
  return {
    "a person's page": (asked) => timed(asked, PEOPLE, (n) => page(asked, somebody(total, n + run * 1000))),
    'the page of who has the most hits': async (asked) => {
      const { hits, person } = await busiestThere(asked, total);
      return `${await timed(asked, ROUNDS, () => page(asked, person))} (${whole(hits)} hits)`;
    },
    'search for a part that one person has': search(few),
    [`search for a part that thousands have (${some})`]: search(() => some),
    'search for a part that all with an address have (example)': search(() => 'example'),
    'search for one letter': search((n) => 'abcdefghijklmnopqrst'[n]),
    'search for two characters that nobody has': search(() => '~#'),
    'search for nothing: who came last': search(() => ''),
    "Live's first page": (asked) => timed(asked, ROUNDS, () => firstOfLive(asked, LARGE)),
    "Live's first page, of the small site": async (asked) => {
      // Live begins with the latest hits of all sites: after an earlier run there may be none of this one.
      await fetch(`${asked.origin}/e?_k=${SMALL}&_p=owner&_n=Looked`);
      return timed(asked, ROUNDS, () => firstOfLive(asked, SMALL));
    },
    'export of the small site': (asked) => exported(asked, SMALL),
    [`export of the large site, ${EXPORT_SECONDS} s of it`]: (asked) => exported(asked, LARGE),
  };
}

export function erasures(total, run) {
  return {
    'erasing a person': (asked) => {
      let [hits, people] = [0, 0];
      const erase = async (n) => {
        const erased = await ask(asked, personAt(somebody(total, n + 500 + run * 1000)), 'DELETE');
        hits += erased?.hits ?? 0;
        people++;
      };
      return timed(asked, ERASED_PEOPLE, erase).then((times) => `${times} (${whole(hits / people)} hits each)`);
    },
    'erasing who has the most hits': async (asked) => {
      const { hits, person } = await busiestThere(asked, total);
      return `${await timed(asked, 1, () => ask(asked, personAt(person), 'DELETE'))} (${whole(hits)} hits)`;
    },
  };
}

/** How long some work takes. It is repeated so many times, but only for half of the time limit. */
async function timed({ seconds }, count, once) {
  const times = [];
  const end = performance.now() + seconds * 500;
  while (times.length < count && performance.now() < end) {
    const began = performance.now();
    await once(times.length);
    times.push(performance.now() - began);
  }
  const shown = (time) => `${time < 100 ? time.toFixed(1) : whole(time)} ms`;
  if (times.length === 1) return shown(times[0]);
  const often = times.length < count ? `, ${times.length} times` : '';
  return `${shown(median(times))}, p99 ${shown(quantile(times, 0.99))}${often}`;
}

const personAt = ({ person }) => `person?key=${LARGE}&id=${encodeURIComponent(person)}`;

const page = (asked, visit) => ask(asked, personAt(visit));

/** @returns the answer; undefined for 404: the person is not known */
async function ask({ origin, signal }, path, method = 'GET') {
  const response = await fetch(`${origin}/api/v1/${path}`, { method, signal });
  const text = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

let regulars;

async function busiestThere(asked, total) {
  regulars ??= busiest(total, BUSIEST);
  for (const { visit, hits } of regulars) {
    if (await page(asked, visit)) return { person: visit, hits };
  }
  throw new Error('Everybody with many hits was erased.');
}

/** The first page of Live, which ends with an id. */
async function firstOfLive({ origin, signal }, key) {
  const response = await fetch(`${origin}/api/v1/live?key=${key}`, { signal });
  let last = '';
  for await (const chunk of response.body) {
    last = (last + Buffer.from(chunk).toString('latin1')).slice(-200);
    if (/\nid: \S+\n\n$/.test(last)) return;
  }
  throw new Error('Live has ended.');
}

async function exported({ origin, signal }, key) {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const response = await fetch(`${origin}/api/v1/export?key=${key}`, { signal });
  let hits = 0;
  for await (const chunk of response.body) {
    for (const byte of chunk) if (byte === 10) hits++;
    if (seconds() > EXPORT_SECONDS) break;
  }
  return `${whole(hits / seconds())} hits/s (${whole(hits)} hits)`;
}
