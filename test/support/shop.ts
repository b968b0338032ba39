import { expect } from 'vitest';
import { openSite, type Site, type SiteOptions } from './browser.js';
import { startCollector, type TestCollector } from './collector.js';
import { startProxy, type Proxy } from './faults.js';

export interface Shop extends Site {
  proxy: Proxy;
  /** Waits until the collector has exactly these events, each once. */
  stores(events: string[]): Promise<void>;
  /** Advances the clock of its pages by more than any lease and most pauses between attempts. */
  leap(): Promise<void>;
}

export interface ShopOptions extends SiteOptions {
  /** Gives its pages a clock that jumps forward while `stores` waits, so that no test waits for leases and pauses. */
  leaps?: boolean;
}

/** Between jumps, requests have time to be answered: otherwise they would be given up. */
const ANSWERED_MS = 500;

/** A site whose tracker and hits pass through a proxy with faults. */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const collector = options.collector ?? (await startCollector());
  const proxy = await startProxy(collector.origin);
  const site = await openSite({ ...options, collector: { ...collector, origin: proxy.origin } });
  const leap = () => site.page.clock.fastForward(30_000);
  if (options.leaps) await site.page.clock.install();
  return { ...site, proxy, leap, stores: (events) => stores(collector, events, options.leaps ? leap : undefined) };
}

/** The names of numbered hits. */
export const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `hit ${n}`);

/** JavaScript that records numbered hits, from one number on. */
export const recordNumbered = (count: number, from = 0): string =>
  `for (let n = ${from}; n < ${from + count}; n++) KM.record('hit ' + n)`;

/** The same; the answers of the callbacks are added to the page's list `answers`. An expression, whose value is undefined. */
export const recordAnswered = (count: number, from = 0): string =>
  `(() => { for (let n = ${from}; n < ${from + count}; n++) KM.record('hit ' + n, {}, (answer) => answers.push(answer)) })()`;

/** How many values the page's localStorage has: copies of hits that wait. */
export const copiesIn = ({ page }: Site): Promise<number> => page.evaluate<number>('Object.keys(localStorage).length');

async function stores(collector: TestCollector, events: string[], leap?: () => Promise<void>): Promise<void> {
  const stored = async () => (await collector.export()).map(({ _n }) => String(_n));
  const wanted = new Set(events).size;
  const count = async () => {
    const { size } = new Set(await stored());
    if (size < wanted) await leap?.();
    return size;
  };
  await expect.poll(count, { interval: leap ? ANSWERED_MS : 100 }).toBeGreaterThanOrEqual(wanted);
  // Hits that are sent twice get time to arrive as well.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await stored()).sort()).toEqual([...events].sort());
}
