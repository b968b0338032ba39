import type { FastifyInstance } from 'fastify';
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from 'prom-client';
import type { OnCommit } from './commit-monitor.js';
import type { Counts } from './counts.js';

/** The metrics of one process, in the form in which prom-client can add those of several. */
export type ProcessMetrics = MetricObjectWithValues<MetricValue<string>>[];

/** The sources of the values of `/metrics`. Each only reads a number that exists already. */
export interface Readings {
  version: string;
  counts: Counts;
  failures: () => number;
  /** How many entries wait for a commit. */
  waiting: () => number;
  /** The memory of complete requests. */
  requestMemory: { readonly taken: number; readonly held: number; readonly heldTotal: number };
  /** Incomplete requests. */
  arrivals: {
    readonly bytes: number;
    readonly size: number;
    readonly held: number;
    readonly heldTotal: number;
    readonly ended: Record<string, number>;
  };
  /** Since when the oldest complete request waits, by `performance.now()`; Infinity if none waits. */
  waitingSince: () => number;
  /** How many acknowledged entries cannot be read yet. */
  backlog: () => number;
  /** How many feeds of Live are open. */
  readers: () => number;
}

/** The histograms of commits. Each gets one value per commit. */
export function commitHistograms(registry: Registry): OnCommit {
  const registers = [registry];
  const entries = new Histogram({
    name: 'kmq_commit_entries',
    help: 'Entries of a commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers,
  });
  const duration = new Histogram({
    name: 'kmq_commit_duration_seconds',
    help: 'Duration of a commit with its fsync.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  return (count, seconds) => {
    entries.observe(count);
    duration.observe(seconds);
  };
}

/**
 * The metrics that each process of a collector has. No label contains text from requests: each key or identity would
 * make a series. Counters that change with each hit are plain numbers, which are read when `/metrics` is requested.
 */
export function describeReadings(registry: Registry, readings: Readings): void {
  const { version, counts, failures, waiting, requestMemory, arrivals, waitingSince, backlog, readers } = readings;
  const { accepted, refused, limited, answers } = counts;
  collectDefaultMetrics({ register: registry });
  gauge('kmq_build_info', 'The version that runs; always 1.', () => [[{ version }, 1]]);
  counter('kmq_hits_accepted_total', 'Hits that are on disk, by kind.', () =>
    Object.entries(accepted).map(([kind, count]) => [{ kind }, count]),
  );
  counter('kmq_hits_refused_total', 'Hits that were refused, by code: Live shows the sentences.', () =>
    byCode(refused),
  );
  counter('kmq_requests_limited_total', 'Requests of the tracking API that were answered with 429, by limit.', () =>
    byCode(limited),
  );
  counter('kmq_http_responses_total', 'Answers by class of their status.', () =>
    answers.flatMap((count, digit) => (digit < 2 ? [] : [[{ code: `${digit}xx` }, count]])),
  );
  counter(
    'kmq_http_broken_requests_total',
    'Requests that could not be read as HTTP, or whose sender closed the connection before their end.',
    () => [[{}, counts.malformed]],
  );
  counter(
    'kmq_export_rows_skipped_total',
    'Damaged rows that exports have left out; each export counts them again.',
    () => [[{}, counts.damaged]],
  );
  counter('kmq_commit_failures_total', 'Commits that failed.', () => [[{}, failures()]]);
  gauge('kmq_entries_waiting', 'Entries that wait for a commit.', () => [[{}, waiting()]]);
  gauge('kmq_requests_held', 'Requests that are not read further until there is memory for them.', () => [
    [{}, requestMemory.held + arrivals.held],
  ]);
  counter('kmq_requests_held_total', 'Requests that had to wait for memory.', () => [
    [{}, requestMemory.heldTotal + arrivals.heldTotal],
  ]);
  gauge('kmq_requests_bytes', 'Bytes of the requests that are being read or wait for a commit.', () => [
    [{}, requestMemory.taken + arrivals.bytes],
  ]);
  gauge('kmq_requests_unfilled', 'Requests that have begun to arrive and are not complete.', () => [
    [{}, arrivals.size],
  ]);
  counter('kmq_requests_ended_total', 'Requests that were ended before they were complete, by cause.', () =>
    byCode(arrivals.ended),
  );
  gauge('kmq_requests_wait_seconds', 'How long the oldest complete request has waited for its commit.', () => [
    [{}, Math.max(0, performance.now() - waitingSince()) / 1000],
  ]);
  gauge('kmq_store_backlog', 'Acknowledged entries that wait in the spool.', () => [[{}, backlog()]]);
  gauge('kmq_live_readers', 'Open Live feeds.', () => [[{}, readers()]]);

  function counter(name: string, help: string, read: Read): void {
    addCounter(registry, name, help, read);
  }

  function gauge(name: string, help: string, read: Read): void {
    addGauge(registry, name, help, read);
  }
}

/** @param unfinished how many people are to be erased of whom something may be left */
export function describeErasures(registry: Registry, unfinished: () => number): void {
  addGauge(registry, 'kmq_erasures_unfinished', 'People whose erasure is not finished.', () => [[{}, unfinished()]]);
}

/** Values that the process of reports sends about itself. */
export interface ReportReadings {
  /** The part of the hits that reports contain, from 0 to 1. */
  progress: number;
  /** Answers contain the hits up to this time, Unix seconds; 0 at the beginning. */
  asOf: number;
  /** The process's memory in bytes, as the system counts it. */
  memory: number;
  starts: number;
}

/** @param read undefined while there is no process of reports */
export function describeReports(registry: Registry, read: () => ReportReadings | undefined): void {
  const of = (member: keyof ReportReadings) => (): ReturnType<Read> => {
    const value = read()?.[member];
    return value === undefined ? [] : [[{}, value]];
  };
  addGauge(
    registry,
    'kmq_reports_progress',
    'The share of the hits that reports include, from 0 to 1.',
    of('progress'),
  );
  addGauge(registry, 'kmq_reports_as_of_seconds', 'Reports contain the hits up to this Unix time.', of('asOf'));
  addGauge(registry, 'kmq_reports_memory_bytes', 'Memory of the process of reports.', of('memory'));
  addCounter(registry, 'kmq_reports_starts_total', 'Starts of the process of reports.', of('starts'));
}

/** Every label of these metrics: prom-client accepts no other. */
const LABELS = ['kind', 'code', 'version'];

function addCounter(registry: Registry, name: string, help: string, read: Read): void {
  new Counter({
    ...{ name, help, registers: [registry], labelNames: LABELS },
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

function addGauge(registry: Registry, name: string, help: string, read: Read): void {
  new Gauge({
    ...{ name, help, registers: [registry], labelNames: LABELS },
    aggregator: AGGREGATED[name] ?? 'sum',
    collect() {
      // A value that is not there any more must not stay.
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

/** How to combine metrics of several processes that must not be added: the version is the same, and the longest wait counts. */
const AGGREGATED: Record<string, 'first' | 'max'> = { kmq_build_info: 'first', kmq_requests_wait_seconds: 'max' };

function byCode(counts: Record<string, number>): [labels: Record<string, string>, value: number][] {
  return Object.entries(counts).map(([code, count]) => [{ code }, count]);
}

type Read = () => [labels: Record<string, string>, value: number][];

/**
 * `GET /metrics` in Prometheus' text format.
 * @param all the metrics of every process that answers on this port
 */
export function registerMetrics(
  app: FastifyInstance,
  { contentType }: Registry,
  all: () => Promise<ProcessMetrics[]>,
): void {
  app.get('/metrics', async (_request, reply) =>
    reply
      .type(contentType)
      .header('Cache-Control', 'no-store')
      .send(await AggregatorRegistry.aggregate(await all()).metrics()),
  );
}
