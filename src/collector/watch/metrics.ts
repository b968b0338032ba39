import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OnCommit } from './commit-watch.js';
import type { Counts } from './counts.js';
import type { Intake } from '../tracking/room.js';
import type { Readings as ReadingsOfProcess } from '../processes/messages.js';

/** What is read when `/metrics` is asked, each a look at a number that is there. */
export interface Readings {
  version: string;
  counts: Counts;
  failures: () => number;
  /** Entries that wait for a commit. */
  waiting: () => number;
  intake: Intake;
  /** Hits that are acknowledged and not yet where they are read from; absent for a store that has no such. */
  backlog?: () => number;
  /** Open Live feeds. */
  readers: () => number;
}

/**
 * The metrics of one collector, in a registry of its own, those of the process among them. No label holds anything
 * from outside: a key or an identity would make a series each. What is due per hit is a plain number, read at the
 * scrape; the two histograms take one value a commit.
 */
export class Metrics {
  private readonly registry = new Registry();
  /** The readings of every process that answers on this port. */
  all: () => Promise<ReadingsOfProcess[]> = async () => [await this.readings()];
  private readonly entries;
  private readonly seconds;

  constructor() {
    const registers = [this.registry];
    this.entries = new Histogram({
      name: 'kmq_commit_entries',
      help: 'Entries of a commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    });
    this.seconds = new Histogram({
      name: 'kmq_commit_duration_seconds',
      help: 'How long a commit took, the fsync with it.',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
  }

  readonly onCommit: OnCommit = (entries, seconds) => {
    this.entries.observe(entries);
    this.seconds.observe(seconds);
  };

  /** `GET /metrics` in Prometheus' text format. */
  register(app: FastifyInstance, readings: Readings): void {
    collectDefaultMetrics({ register: this.registry });
    this.describe(readings);
    app.get('/metrics', async (_request, reply) =>
      reply
        .type(this.registry.contentType)
        .header('Cache-Control', 'no-store')
        .send(await AggregatorRegistry.aggregate(await this.all()).metrics()),
    );
  }

  /** Those of this process. */
  readings(): Promise<ReadingsOfProcess> {
    return this.registry.getMetricsAsJSON();
  }

  private describe({ version, counts, failures, waiting, intake, backlog, readers }: Readings): void {
    const { accepted, answers } = counts;
    this.gauge('kmq_build_info', 'The version that runs; always 1.', () => [[{ version }, 1]]);
    this.counter('kmq_hits_accepted_total', 'Hits that are on disk, by kind.', () =>
      Object.entries(accepted).map(([kind, count]) => [{ kind }, count]),
    );
    this.counter('kmq_hits_refused_total', 'Hits that were refused: Live shows the reasons.', () => [
      [{}, counts.refused],
    ]);
    this.counter('kmq_http_responses_total', 'Answers by class of their status.', () =>
      answers.flatMap((count, digit) => (digit < 2 ? [] : [[{ code: `${digit}xx` }, count]])),
    );
    this.counter('kmq_http_broken_requests_total', 'Requests that could not be read as HTTP.', () => [
      [{}, counts.broken],
    ]);
    this.counter('kmq_commit_failures_total', 'Commits that failed.', () => [[{}, failures()]]);
    this.gauge('kmq_entries_waiting', 'Entries that wait for a commit.', () => [[{}, waiting()]]);
    this.gauge('kmq_requests_held', 'Requests that are not read further until there is room.', () => [
      [{}, intake.length],
    ]);
    this.counter('kmq_requests_held_total', 'Requests that had to wait for room.', () => [[{}, intake.slowed]]);
    this.gauge('kmq_requests_bytes', 'Bytes of the requests that are being read or wait for a commit.', () => [
      [{}, intake.taken],
    ]);
    if (backlog) {
      this.gauge('kmq_store_backlog', 'Acknowledged hits that are not yet where they are read from.', () => [
        [{}, backlog()],
      ]);
    }
    this.gauge('kmq_live_readers', 'Open Live feeds.', () => [[{}, readers()]]);
  }

  private counter(name: string, help: string, read: Read): void {
    new Counter({
      ...{ name, help, registers: [this.registry], labelNames: ['kind', 'code'] },
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  private gauge(name: string, help: string, read: Read): void {
    new Gauge({
      ...{ name, help, registers: [this.registry], labelNames: ['version'] },
      // Of several processes all are of one version.
      aggregator: name === 'kmq_build_info' ? 'first' : 'sum',
      collect() {
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }
}

type Read = () => [labels: Record<string, string>, value: number][];
