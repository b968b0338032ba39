import { AggregatorRegistry } from 'prom-client';
import type { ProcessMetrics } from '../watch/metrics.js';

/**
 * The latest metrics of each worker. The sum of a counter over all workers never falls, because Prometheus takes a counter that
 * falls for a new one and counts all of it again: so the counts of a worker that does not answer, or that has ended, stay in the
 * sum. The gauges of such a worker are left out.
 */
export class LatestMetrics<Worker> {
  private readonly latest = new Map<Worker, ProcessMetrics>();
  /** The counts of all workers that have ended. */
  private ended: ProcessMetrics = [];

  note(worker: Worker, metrics: ProcessMetrics): void {
    this.latest.set(
      worker,
      metrics.map((metric) => (isCount(metric) ? withExactSums(metric) : metric)),
    );
  }

  end(worker: Worker): void {
    const counts = countsOf(this.latest.get(worker) ?? []);
    this.latest.delete(worker);
    if (counts.length) this.ended = sumOf(this.ended, counts);
  }

  /** @param answered the workers that have answered just now */
  all(answered: ReadonlySet<Worker>): ProcessMetrics[] {
    const living = [...this.latest].map(([worker, metrics]) => (answered.has(worker) ? metrics : countsOf(metrics)));
    return [...living, this.ended];
  }
}

const countsOf = (metrics: ProcessMetrics): ProcessMetrics => metrics.filter(isCount);

function isCount({ type }: ProcessMetrics[number]): boolean {
  return String(type) !== 'gauge';
}

/**
 * The last digit of a sum of fractions depends on the order in which they are added, and the order changes if a worker ends: a sum
 * of seconds would fall by one digit. Sums of multiples of 2^-20 (about a microsecond) are exact up to 2^33, in each order.
 */
function withExactSums(metric: ProcessMetrics[number]): ProcessMetrics[number] {
  const values = metric.values.map((value) => ({ ...value, value: Math.floor(value.value * 2 ** 20) / 2 ** 20 }));
  return { ...metric, values };
}

function sumOf(...counts: ProcessMetrics[]): ProcessMetrics {
  const sums = AggregatorRegistry.aggregate(counts).getMetricsAsArray() as ProcessMetrics;
  // Each also has a function, which cannot be sent to a worker.
  return sums.map((sum) => ({ ...sum, get: undefined }));
}
