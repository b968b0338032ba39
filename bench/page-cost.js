// The cost of a tracker in a page, for kmq and others, in a real Chromium: bytes, time of the main thread
// for the start and for an event, and the layouts that it causes. Machines are noisy: compare only figures of one run.
//
// The floor is the least that a tracker needs to recognise its visitor: a script tag, a first access to cookies and one to
// localStorage, each measured in the same rounds. With the argument `kmq`, only kmq and the floor are measured.
//
//   npm run bench -- page-cost [rounds] [kmq]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { inFreshPage, startChromium } from './support/chromium.js';
import { median, pause } from './support/figures.js';
import { kmq } from './support/kmq.js';
import { installPeers } from './support/peers.js';
import { temporaryFolder } from './support/processes.js';
import { startSite } from './support/site.js';
import { CATEGORIES, mainThread } from './support/trace.js';

const rounds = Number(process.argv[2] ?? 7);
const EVENT = 'Signed Up';
/** How many milliseconds count as the start of a page. A tracker that starts later is not measured. */
const START = 2000;
const CALLS = 200;

/** The same page with a script that does nothing. Its figures are subtracted from those of the trackers. */
const nothing = script('nothing', '');
const cookies = script('a first look at cookies', 'document.cookie');
const storage = script('a first look at localStorage', 'localStorage.length');
const floor = [nothing, cookies, storage];

function script(name, content) {
  const file = join(temporaryFolder(), `${name.replaceAll(' ', '-')}.js`);
  writeFileSync(file, content);
  return { name, file, init: () => '', record: '' };
}

const site = await startSite();
const { browser, version } = await startChromium(site);
process.on('exit', () => browser.process().kill('SIGKILL'));
const peers = process.argv[3] === 'kmq' ? [] : await installPeers();

for (const tracker of [kmq, ...peers]) await check(tracker);

const trackers = [...floor, kmq, ...peers].map((tracker) => ({ tracker, measured: [] }));
// All trackers in each round, so that other load of the machine affects all of them alike.
for (let round = 0; round < rounds; round++) {
  for (const { tracker, measured } of trackers) {
    const start = await measureStart(tracker);
    const slow = await measureStart(tracker, 6);
    // The two parts of the floor do nothing after their start.
    const events = tracker === cookies || tracker === storage ? undefined : await measureEvents(tracker);
    // Without images there is no request, so this is only kmq's own work.
    const unsent =
      tracker === kmq
        ? await measureEvents(tracker, "Object.defineProperty(HTMLImageElement.prototype, 'src', { set() {} })")
        : events;
    measured.push({ start, slow, events, unsent });
  }
}
await browser.close();
site.stop();
print();
process.exit(0);

/**
 * Opens the page, waits until it is idle, and adds the tracker by a script tag, as its snippet does. Everything
 * after that is caused by the tracker.
 * @param ready called when the page is idle
 */
async function open(page, tracker, ready = () => {}) {
  site.use(tracker);
  await page.goto(site.origin);
  await pause(500);
  await ready();
  await page.addScriptTag({ content: `${tracker.before?.(site.origin) ?? ''};` });
  await page.addScriptTag({ url: '/tracker.js' });
  await page.addScriptTag({ content: `${tracker.init(site.origin)};` });
}

/** Checks that a tracker works: one that refused to start would seem to be the fastest. */
async function check(tracker) {
  await inFreshPage(browser, async (page) => {
    await open(page, tracker);
    await pause(1000);
    // Ignores requests that the previous page sent while it closed.
    site.use(tracker);
    await page.evaluate(`${tracker.record}; 0`);
    for (let waited = 0; waited < 15_000 && !site.received(EVENT); waited += 100) await pause(100);
    if (!site.received(EVENT)) throw new Error(`${tracker.name} has not sent its event`);
  });
}

/** All JavaScript on the main thread until the tracker has started. */
function measureStart(tracker, rate = 1) {
  return inFreshPage(browser, async (page, protocol) => {
    await open(page, tracker, async () => {
      await protocol.send('Emulation.setCPUThrottlingRate', { rate });
      await page.tracing.start({ categories: CATEGORIES });
    });
    await pause(START);
    return mainThread(await page.tracing.stop(), `${site.origin}/tracker.js`);
  });
}

/**
 * How many layouts there were from the tracker's start to its last event, and the time for an event: the
 * median of many, which are as far apart as requests need. Most trackers put an event into a queue and send it
 * later, from a timer; kmq requests its image at once.
 * @param prepare JavaScript to run before the events
 */
function measureEvents(tracker, prepare = '') {
  return inFreshPage(browser, async (page, protocol) => {
    let before;
    await protocol.send('Performance.enable');
    await open(page, tracker, async () => (before = await counts(protocol)));
    await pause(1000);
    const call = await page.evaluate(`(async () => {
      if (!crossOriginIsolated) throw new Error('this clock is not precise');
      ${prepare};
      const times = [];
      while (times.length < ${CALLS}) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const before = performance.now();
        ${tracker.record};
        times.push((performance.now() - before) * 1000);
      }
      return times.sort((a, b) => a - b)[${CALLS} / 2];
    })()`);
    const after = await counts(protocol);
    return { call, layouts: after.layouts - before.layouts, styles: after.styles - before.styles };
  });
}

async function counts(protocol) {
  const { metrics } = await protocol.send('Performance.getMetrics');
  const metric = (name) => metrics.find((one) => one.name === name).value;
  return { layouts: metric('LayoutCount'), styles: metric('RecalcStyleCount') };
}

function print() {
  const [without, cookie, stored, ...others] = trackers.map(({ tracker, measured }) => {
    const of = (figure) => median(measured.map(figure));
    return {
      tracker,
      start: of(({ start }) => start.script),
      fastest: Math.min(...measured.map(({ start }) => start.script)),
      slow: of(({ slow }) => slow.script),
      longest: of(({ slow }) => slow.longest),
      call: of(({ events }) => events?.call),
      unsent: of(({ unsent }) => unsent?.call),
      layouts: of(({ events }) => events?.layouts),
      styles: of(({ events }) => events?.styles),
    };
  });
  console.log(`Node ${process.version}, Chromium ${version}; ${rounds} rounds, medians\n`);
  console.log(
    '| tracker | bytes, brotli | start, ms | start at 1/6 of the speed, ms | longest task of that, ms | event, µs | layouts, styles |',
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  for (const { tracker, start, slow, longest, call, unsent, layouts, styles } of others) {
    const bytes = brotliCompressSync(readFileSync(tracker.file)).length.toLocaleString('en');
    const event = tracker === kmq ? `${unsent.toFixed(0)}, with its request ${call.toFixed(0)}` : call.toFixed(0);
    console.log(
      `| ${tracker.name} ${tracker.version} | ${bytes} | ${(start - without.start).toFixed(2)} | ` +
        `${(slow - without.slow).toFixed(1)} | ${longest.toFixed(1)} | ${event} | ` +
        `${layouts - without.layouts}, ${styles - without.styles} |`,
    );
  }
  printFloor(without, cookie, stored, others[0]);
}

/** Prints kmq's whole start, and the sum of the floor's parts. */
function printFloor(without, cookie, stored, own) {
  console.log('\n| floor | start, ms | at 1/6 of the speed, ms | fastest round, ms |\n|---|--:|--:|--:|');
  const row = (name, value) =>
    console.log(`| ${name} | ${['start', 'slow', 'fastest'].map((figure) => value(figure).toFixed(2)).join(' | ')} |`);
  const sum = (figure) => cookie[figure] + stored[figure] - without[figure];
  row('an empty script', (figure) => without[figure]);
  row('in addition, the first access to cookies', (figure) => cookie[figure] - without[figure]);
  row('in addition, the first access to localStorage', (figure) => stored[figure] - without[figure]);
  row('all three', sum);
  row('kmq', (figure) => own[figure]);
  row('kmq, times the floor', (figure) => own[figure] / sum(figure));
}
