import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Remover, Writer } from '../store/store.js';

/** The metrics of one process, as prom-client adds them up. */
export type Readings = MetricObjectWithValues<MetricValue<string>>[];

/** What a worker asks the primary, which alone writes. */
export interface Calls {
  append: Writer['append'];
  erase: Remover['erase'];
  expire: Remover['expire'];
  /** The metrics of every worker. */
  metrics: () => Promise<Readings[]>;
}

export type Method = keyof Calls;

export type FromWorker =
  | { kind: 'call'; id: number; method: Method; parameters: unknown[] }
  | { kind: 'readings'; id: number; readings: Readings }
  | { kind: 'listening'; address: string };

export type FromPrimary =
  { kind: 'result'; id: number; value?: unknown; error?: string } | { kind: 'read'; id: number } | { kind: 'stop' };
