import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { LatestMetrics } from '../../src/collector/processes/latest-metrics.js';
import type { ProcessMetrics } from '../../src/collector/watch/metrics.js';

test('a sum of seconds does not fall if a worker ends, whatever is added first', async () => {
  const seconds = { ann: 0.1, bob: 0.2, cid: 0.3 };
  const orders = ['ann', 'bob', 'cid'] as const;
  // Added from left to right, the three are 0.6000000000000001, and from right to left 0.6.
  expect(seconds.bob + seconds.cid + seconds.ann).toBeLessThan(seconds.ann + seconds.bob + seconds.cid);
  const metrics = new LatestMetrics<string>();
  const sum = async (): Promise<number> => {
    const [metric] = await AggregatorRegistry.aggregate(metrics.all(new Set(orders))).getMetricsAsJSON();
    return metric!.values[0]!.value;
  };
  for (const worker of orders) metrics.note(worker, await metricsWith(seconds[worker]));
  const before = await sum();
  expect(before).toBeCloseTo(0.6, 5);
  for (const worker of orders) {
    metrics.end(worker);
    expect(await sum(), worker).toBe(before);
  }
});

async function metricsWith(seconds: number): Promise<ProcessMetrics> {
  const registry = new Registry();
  new Counter({ name: 'seconds_total', help: 'Seconds.', registers: [registry] }).inc(seconds);
  return registry.getMetricsAsJSON();
}
