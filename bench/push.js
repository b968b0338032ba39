// How much time a push takes in a page, with the outbox: with an empty outbox and with 500 waiting hits, and with and without the start of
// its request. Pushes are measured in a loop, and 10 ms apart, when the processor's caches are cold.
//
//   npm run bench -- push [rounds]

import { inFreshPage, startChromium } from './support/chromium.js';
import { median } from './support/figures.js';
import { kmq } from './support/kmq.js';
import { startSite } from './support/site.js';

const rounds = Number(process.argv[2] ?? 7);
/** The most requests at once. Further pushes would wait, which is another measurement. */
const MOST = 6;

const site = await startSite();
const { browser, version } = await startChromium(site);
process.on('exit', () => browser.process().kill('SIGKILL'));
site.use(kmq);

console.log(`Node ${process.version}, Chromium ${version}; ${rounds} rounds, medians\n`);
console.log(
  '| hits waiting | without its request, in a loop | 10 ms apart | with its request, in a loop | 10 ms apart |',
);
console.log('|--:|--:|--:|--:|--:|');
for (const waiting of [0, 500]) {
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    measured.push([
      ...(await measure(waiting, 100, 'window.Image = function () {}')),
      ...(await measure(waiting, MOST, '')),
    ]);
  }
  const medians = [0, 1, 2, 3].map((column) => median(measured.map((row) => row[column])).toFixed(0));
  console.log(`| ${waiting} | ${medians.map((micros) => `${micros} µs`).join(' | ')} |`);
}
await browser.close();
site.stop();
process.exit(0);

/** @returns microseconds for a push in a loop, and for one by itself */
function measure(waiting, count, prepare) {
  return inFreshPage(browser, async (page) => {
    await page.goto(site.origin);
    // These hits have a lease of another tab, so they stay in the outbox.
    await page.evaluate(`for (let n = 0; n < ${waiting}; n++)
      localStorage['km_uq' + (Date.now() * 1000 + n) + 'abcdefghij'] = (Date.now() + 15000) + '/e?_k=key&_n=' + 'x'.repeat(200)`);
    await page.addScriptTag({ content: `_kmk = 'key'; KM_COLLECTOR = '${site.origin}'; ${prepare}` });
    await page.addScriptTag({ url: '/tracker.js' });
    return page.evaluate(`(async () => {
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      const time = (count) => {
        const before = performance.now();
        for (let n = 0; n < count; n++) _kmq.push(['record', 'Signed Up', { plan: 'Pro' }]);
        return ((performance.now() - before) * 1000) / count;
      };
      await pause(500);
      const loops = [], single = [];
      for (let n = 0; n < 10; n++) { loops.push(time(${count})); await pause(200); }
      for (let n = 0; n < 100; n++) { single.push(time(1)); await pause(10); }
      return [loops, single].map((times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
    })()`);
  });
}
