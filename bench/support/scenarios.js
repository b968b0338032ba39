import { pause } from './figures.js';

const PAGES = 60;
const TABS = 30;
const LOADS = 20;

/**
 * The scenarios, by letter. Each is a session of one browser. At its end a page of the site is open, so that events which a tracker
 * has stored in the browser can still arrive.
 * - `events`: how many events are recorded
 * - `act`: runs the session. It gets a new browser profile, the site, and `record(number, count)`, which returns JavaScript that
 *   records so many events, numbered from `number`
 * - `patience`: how long to wait for missing events, in milliseconds
 */
export const SCENARIOS = {
  A: {
    name: 'leaves by a link',
    events: PAGES * 3,
    patience: 30_000,
    async act({ context, site, record }) {
      site.delay = 150;
      const page = await open(context, site);
      for (let number = 0; number < PAGES; number++) {
        await page.evaluate(`next.addEventListener('click', () => { ${record(number * 3, 3)} })`);
        await Promise.all([page.waitForNavigation(), page.click('#next')]);
        await site.quiet();
      }
    },
  },
  B: {
    name: 'closes the tab',
    events: TABS,
    patience: 30_000,
    async act({ context, site, record }) {
      for (let number = 0; number < TABS; number++) {
        const page = await open(context, site);
        const closed = new Promise((resolve) => page.once('close', resolve));
        await page.evaluate(`${record(number)}; 0`);
        // The same as the close button of the tab. A script may not close a tab that it has not opened.
        await page.close({ runBeforeUnload: true });
        await closed;
      }
      await open(context, site);
    },
  },
  C: {
    name: 'receiver unreachable, then the next page',
    events: 50,
    patience: 75_000,
    async act({ context, site, record }) {
      const page = await open(context, site);
      await site.down();
      await page.evaluate(`${record(0, 50)}; 0`);
      // Longer than any tracker waits to send events together, so each tracker has tried to send.
      await pause(7000);
      await site.up();
      await page.goto(`${site.origin}/next`);
    },
  },
  D: {
    name: 'offline for a while',
    events: 20,
    patience: 75_000,
    async act({ context, site, record }) {
      const page = await open(context, site);
      const protocol = await page.createCDPSession();
      const connected = (online) =>
        protocol.send('Network.emulateNetworkConditions', {
          ...{ offline: !online, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
        });
      await protocol.send('Network.enable');
      await connected(false);
      await page.evaluate(`${record(0, 20)}; 0`);
      await pause(7000);
      await connected(true);
    },
  },
  E: {
    name: '503 for 3 s',
    events: 20,
    patience: 75_000,
    async act({ context, site, record }) {
      const page = await open(context, site);
      site.taking = false;
      await page.evaluate(`${record(0, 20)}; 0`);
      await pause(3000);
      site.taking = true;
    },
  },
  F: {
    name: 'reloads at once',
    events: LOADS * 2,
    patience: 30_000,
    async act({ context, site, record }) {
      let load = 0;
      const page = await context.newPage();
      const last = new Promise((resolve) => {
        site.ending = () =>
          load < LOADS ? `try { ${record(load++ * 2, 2)} } finally { location.reload() }` : (resolve(), '');
      });
      await page.goto(site.origin).catch(() => {});
      await last;
    },
  },
  G: {
    name: 'ten tabs at once',
    events: 200,
    patience: 30_000,
    async act({ context, site, record }) {
      const pages = await Promise.all(Array.from({ length: 10 }, () => open(context, site)));
      await Promise.all(pages.map((page, number) => page.evaluate(`${record(number * 20, 20)}; 0`)));
    },
  },
};

/** A tab with the site, in which the tracker has started and sent its first requests. */
export async function open(context, site) {
  const page = await context.newPage();
  await page.goto(site.origin);
  await site.quiet();
  return page;
}
