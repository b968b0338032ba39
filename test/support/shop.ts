import { expect } from 'vitest';
import { openSite, type Site, type SiteOptions } from './browser.js';
import { startCollector, type TestCollector } from './collector.js';
import { startProxy, type Proxy } from './faults.js';

export interface Shop extends Site {
  proxy: Proxy;
  /** Waits until the collector has exactly these events, each once and no other. */
  stores(events: string[]): Promise<void>;
}

/** A site whose tracker and hits go through a proxy with faults. */
export async function openShop(options: SiteOptions = {}): Promise<Shop> {
  const collector = options.collector ?? (await startCollector());
  const proxy = await startProxy(collector.origin);
  const site = await openSite({ ...options, collector: { ...collector, origin: proxy.origin } });
  return { ...site, proxy, stores: (events) => stores(collector, events) };
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `hit ${n}`);

async function stores(collector: TestCollector, events: string[]): Promise<void> {
  const stored = async () => (await collector.export()).map(({ _n }) => String(_n));
  await expect
    .poll(async () => new Set(await stored()).size, { interval: 100 })
    .toBeGreaterThanOrEqual(new Set(events).size);
  // Doubles get the time to arrive as well.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await stored()).sort()).toEqual([...events].sort());
}
