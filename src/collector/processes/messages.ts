import type { ReportEngine } from '../reports/report-engine.js';
import type { Failure } from '../reports/failure.js';
import type { Remover, Writer } from '../store/store.js';
import type { ProcessMetrics } from '../watch/metrics.js';
import type { DemoDataSource } from '../../demo-data/maker.js';

/** The calls of a worker to the primary, which is the only process that writes. */
export interface Calls {
  append: Writer['append'];
  erase: Remover['erase'];
  expire: Remover['expire'];
  /** An AbortSignal cannot be sent to another process: a worker sends `cancel` instead. */
  report: ReportEngine['ask'];
  demoData: DemoDataSource['demoData'];
  makeDemoData: DemoDataSource['makeDemoData'];
  /** The metrics of every worker, and those of the primary. */
  metrics: () => Promise<ProcessMetrics[]>;
}

export type Method = keyof Calls;

/** The URL at which a worker listens, and the one without TLS if it has both. */
export interface Addresses {
  address: string;
  clearText?: string;
}

export type FromWorker =
  /** The worker can receive messages. Those that were sent to it before may be lost. */
  | { kind: 'ready' }
  | { kind: 'call'; id: number; method: Method; parameters: unknown[] }
  /** The worker does not wait for this call any more. */
  | { kind: 'cancel'; id: number }
  | { kind: 'metrics'; id: number; metrics: ProcessMetrics }
  | { kind: 'listening'; addresses: Addresses };

export type FromPrimary =
  | {
      kind: 'result';
      id: number;
      value?: unknown;
      error?: Failure;
      isNotDurable?: boolean;
    }
  | { kind: 'metrics'; id: number }
  /** The answer to `ready`: the settings with which the collector was started. */
  | { kind: 'settings'; settings: unknown }
  | { kind: 'stop' };
