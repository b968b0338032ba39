// How long the collector's pages take in a real Chromium without a cache, on the demo's 300,000 hits or on millions: until
// they can be used, until their numbers are visible, how much moves meanwhile, and long tasks. They are compared with the floor, a
// page of the same collector with its styles and one sentence, opened in the same rounds. Machines are noisy: read the ratios.
//
// A page can be used when its fields are painted and the main thread is free for a task. Its numbers are visible when its main figures
// are painted. Each visit of a report asks about other days, and each visit of *People* has another condition, so that no answer comes
// from a cache.
//
//   npm run bench -- pages [rounds] [millions of hits] [folder of a store, which is filled where it is empty]

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { URLSearchParams } from 'node:url';
import { inFreshPage, startChromium } from './support/chromium.js';
import { median, pause, whole } from './support/figures.js';
import { observePage } from './support/observe-page.js';
import { temporaryFolder } from './support/processes.js';
import { LARGE } from './support/year-people.js';

const rounds = Number(process.argv[2] ?? 7);
const millions = Number(process.argv[3] ?? 0);
const data = process.argv[4] ? resolve(process.argv[4]) : temporaryFolder();
const KEY = millions ? LARGE : 'demo';
/** How long to wait for numbers, in milliseconds. */
const PATIENCE = 120_000;
/** How long to measure after the numbers are visible, in milliseconds. */
const REST = 1500;
/**
 * How long a new window is left alone before it opens the page, in milliseconds. For about a second, Chromium loads the parts of
 * the window itself in another renderer. Somebody who opens a report has had their window for longer.
 */
const WINDOW_SETTLES = 1500;
const DAY = 86_400_000;

process.on('SIGINT', () => process.exit(130));
if (!existsSync(join(data, 'kmq.db'))) fill();
const collector = await startCollector();
const person = await somebody();
const { browser, version } = await startChromium({ host: 'localhost', origin: collector.origin });
process.on('exit', () => browser.process().kill('SIGKILL'));

const FLOOR = { name: 'floor', path: () => '/no-such-page', usable: 'main h1', numbers: 'main h1' };
const pages = [
  FLOOR,
  report('overview', '/', '.range-picker button', '.totals dd a'),
  report('trend', '/trend', '.question input', '.headline .large'),
  report('funnel', '/funnel', '.question input', '.headline .large'),
  {
    ...{ name: 'people', usable: '.toolbar input', numbers: '.people-list tbody tr' },
    path: (round) =>
      address('/people', { filter: JSON.stringify([{ event: 'Visited Site', atMost: 1_000_000 + round }]) }),
  },
  { name: 'person', path: () => address('/person', { id: person }), usable: '.person-head', numbers: '.timeline li' },
  { name: 'live', path: () => address('/live'), usable: 'main input', numbers: '.row' },
  { name: 'snippet', path: () => address('/start'), usable: 'main pre', numbers: 'main pre' },
].map((page) => ({ ...page, visits: [] }));

// The very first visits are not measured: collector and browser have nothing in memory yet.
for (const page of pages) await visit(page, rounds + 1);
for (let round = 0; round < rounds; round++) for (const page of pages) page.visits.push(await visit(page, round));
print();
await browser.close();
process.exit(0);

function address(path, parameters = {}) {
  return `${path}?${new URLSearchParams({ key: KEY, ...parameters })}`;
}

/** A report of thirty days, different ones in each round. */
function report(name, path, usable, numbers) {
  const day = (age) => new Date(Date.now() - age * DAY).toISOString().slice(0, 10);
  return { name, usable, numbers, path: (round) => address(path, { from: day(30 + round), to: day(1 + round) }) };
}

async function visit({ name, path, usable, numbers }, round) {
  return inFreshPage(browser, async (page) => {
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(observePage, usable, numbers);
    await pause(WINDOW_SETTLES);
    await page.goto(collector.origin + path(round));
    for (let waited = 0; waited < PATIENCE; waited += 100) {
      if (await page.evaluate('observed.numbers !== undefined')) break;
      await pause(100);
    }
    await pause(REST);
    const observed = await page.evaluate('observed');
    if (observed.numbers === undefined) throw new Error(`${name} shows no numbers within ${PATIENCE / 1000} s`);
    return observed;
  });
}

function print() {
  console.log(`Chromium ${version}, Node ${process.version}, ${rounds} rounds, hits: ${hits()}; medians, ms\n`);
  console.log(
    '| page | can be used | × floor | numbers | × floor | progress after | longest task | tasks over 50 | layout shift |',
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  const of = (visits, member) => median(visits.map((visit) => visit[member]));
  const floor = of(pages[0].visits, 'usable');
  for (const { name, visits } of pages) {
    const times = ['usable', 'numbers'].flatMap((member) => {
      const time = of(visits, member);
      return [whole(time), (time / floor).toFixed(1)];
    });
    const progress = visits.map((visit) => visit.progress).filter((time) => time !== undefined);
    const tasks = visits.map((visit) => visit.tasks.length);
    const longest = Math.max(0, ...visits.flatMap((visit) => visit.tasks));
    const shift = Math.max(...visits.map((visit) => visit.shift));
    const cells = [name, ...times, progress.length ? whole(median(progress)) : '', longest ? whole(longest) : ''];
    console.log(`| ${[...cells, median(tasks), shift.toFixed(4)].join(' | ')} |`);
  }
}

function hits() {
  return millions ? `${millions} million` : "the demo's 300,000";
}

function fill() {
  console.error('Filling the store…');
  const script = millions
    ? [join(import.meta.dirname, 'support/reports-fill.js'), Math.round(millions * 1e6), data]
    : ['server/bin/kmq.js', 'demo-data', '--data', data];
  execFileSync(process.execPath, script, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts a collector, and waits until its reports are built. */
async function startCollector() {
  const parameters = ['serve', '--port', '0', '--data', data, '--log-level', 'error'];
  const child = spawn(process.execPath, ['server/bin/kmq.js', ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  let origin;
  for await (const line of createInterface(child.stdout)) {
    origin = /http:\/\/[^/\s]+/.exec(line)?.[0] ?? origin;
    if (line.startsWith('Overview')) break;
  }
  while (!(await fetch(`${origin}/api/v1/reports/names?${new URLSearchParams({ key: KEY, q: '{}' })}`)).ok)
    await pause(500);
  return { origin };
}

async function somebody() {
  const found = await fetch(`${collector.origin}/api/v1/people?${new URLSearchParams({ key: KEY, q: '@example' })}`);
  const { people } = await found.json();
  return people[0].identities.find((identity) => identity.includes('@'));
}
