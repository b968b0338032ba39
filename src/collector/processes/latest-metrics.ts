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
    this.latest.set(worker, metrics);
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

const countsOf = (metrics: ProcessMetrics): ProcessMetrics => metrics.filter(({ type }) => String(type) !== 'gauge');

function sumOf(...counts: ProcessMetrics[]): ProcessMetrics {
  const sums = AggregatorRegistry.aggregate(counts).getMetricsAsArray() as ProcessMetrics;
  // Each also has a function, which cannot be sent to a worker.
  return sums.map((sum) => ({ ...sum, get: undefined }));
}
