// Which events arrive when visitors leave, networks fail and receivers are down, with kmq and with other trackers, in a real
// Chromium: how many arrived once, not at all and more than once, and in how many requests.
//
//   npm run bench -- delivery [letters of scenarios] [part of a tracker's name]

import { startChromium } from './support/chromium.js';
import { pause } from './support/figures.js';
import { kmq } from './support/kmq.js';
import { installPeers } from './support/peers.js';
import { startCollector } from './support/processes.js';
import { open, SCENARIOS } from './support/scenarios.js';
import { eventName, startTrackedSite } from './support/tracked-site.js';

const [letters = '', part = ''] = process.argv.slice(2);
/** When everything has arrived, how long to wait for second copies of events, in milliseconds. */
const QUIET = 10_000;
/** How long to wait for missing events after the visitor has returned to the site, in milliseconds. */
const COMEBACK = 20_000;

const collector = await startCollector();
const trackers = [kmq, ...(await installPeers())].filter(({ name }) => name.includes(part));
const scenarios = Object.keys(SCENARIOS).filter((letter) => !letters || letters.includes(letter));
const rows = await Promise.all(
  trackers.map(async (tracker) => ({
    tracker,
    site: await startTrackedSite(tracker, tracker === kmq ? collector.origin : undefined),
    cells: [],
    again: [],
  })),
);
const { browser, version } = await startChromium({
  host: rows[0].site.host,
  origin: rows.map(({ site }) => site.origin).join(),
});
process.on('exit', () => browser.process().kill('SIGKILL'));

for (const row of rows) await check(row);
for (const letter of scenarios) {
  const results = [];
  for (const row of rows) results.push(await act(row, letter));
  for (const result of results) await result.settled;
}
await browser.close();
print();
process.exit(0);

/** Checks a tracker before it is measured: if it refused to start, or its requests were read wrongly, all results would be wrong. */
async function check({ tracker, site }) {
  const context = await browser.createBrowserContext();
  const page = await open(context, site);
  await page.evaluate(`${recording(tracker, 'X', 0, 1)}; 0`);
  for (let waited = 0; waited < 15_000 && !site.copies.size; waited += 100) await pause(100);
  await site.quiet(1000);
  if (site.copies.get(eventName('X', 0)) !== 1) throw new Error(`${tracker.name} has not sent its event`);
  await context.close();
}

/** Runs a scenario with each tracker. While one tracker's events are waited for, the next tracker starts. */
async function act(row, letter) {
  const { tracker, site } = row;
  const { act, events, patience } = SCENARIOS[letter];
  const context = await browser.createBrowserContext();
  site.reset();
  await context.newPage();
  await act({ context, site, record: (from, count = 1) => recording(tracker, letter, from, count) });
  return { settled: settle() };

  async function settle() {
    const acted = Date.now();
    const names = Array.from({ length: events }, (_, number) => eventName(letter, number));
    const complete = () => names.every((name) => site.copies.has(name)) && Date.now() - site.news > QUIET;
    const wait = async (most) => {
      const begun = Date.now();
      while (!complete() && Date.now() - begun < most) await pause(250);
    };
    await wait(patience);
    const inTime = site.copies.size;
    if (inTime < events) {
      await open(context, site);
      await wait(COMEBACK);
    }
    const late = site.copies.size - inTime;
    const arrived = tracker === kmq ? await stored() : site.copies;
    const times = names.map((name) => arrived.get(name) ?? 0);
    const count = (test) => times.filter(test).length;
    const once = count((time) => time === 1);
    row.cells.push(
      `${once} / ${count((time) => !time)} / ${count((time) => time > 1)} (${site.requests})${late ? `, ${late} late` : ''}`,
    );
    const copies = [...site.copies.values()].reduce((sum, some) => sum + some - 1, 0);
    if (copies) row.again.push(`${letter} ${copies}`);
    console.error(letter, tracker.name, row.cells.at(-1), copies, `${((Date.now() - acted) / 1000).toFixed(0)} s`);
    await context.close();
  }
}

/** JavaScript that records numbered events. */
function recording({ record }, letter, from, count) {
  return Array.from({ length: count }, (_, index) => record.replace('Signed Up', eventName(letter, from + index))).join(
    ';',
  );
}

/** The events that are stored in the collector. */
async function stored() {
  const response = await fetch(`${collector.origin}/api/v1/export?key=key`);
  const times = new Map();
  for (const line of (await response.text()).split('\n').filter(Boolean)) {
    const name = JSON.parse(line)._n;
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return times;
}

function print() {
  console.log(`Node ${process.version}, Chromium ${version}: once / lost / doubled (requests)\n`);
  const head = scenarios.map((letter) => `${letter}: ${SCENARIOS[letter].events}, ${SCENARIOS[letter].name}`);
  console.log(`| tracker | ${head.join(' | ')} | copies beyond the first |`);
  console.log(`|---|${'--:|'.repeat(head.length)}---|`);
  for (const { tracker, cells, again } of rows)
    console.log(`| ${tracker.name} ${tracker.version} | ${cells.join(' | ')} | ${again.join(', ') || 'none'} |`);
}
