import type { Remover, Writer } from '../store/store.js';
import type { ProcessMetrics } from '../watch/metrics.js';

/** What a worker asks the primary, which alone writes. */
export interface Calls {
  append: Writer['append'];
  erase: Remover['erase'];
  expire: Remover['expire'];
  /** The metrics of every worker. */
  metrics: () => Promise<ProcessMetrics[]>;
}

export type Method = keyof Calls;

/** Where a worker listens, and where in clear text beside TLS. */
export interface Addresses {
  address: string;
  clearText?: string;
}

export type FromWorker =
  | { kind: 'call'; id: number; method: Method; parameters: unknown[] }
  | { kind: 'metrics'; id: number; metrics: ProcessMetrics }
  | { kind: 'listening'; addresses: Addresses };

export type FromPrimary =
  | {
      kind: 'result';
      id: number;
      value?: unknown;
      error?: string;
      statusCode?: number | undefined;
      isNotDurable?: boolean;
    }
  | { kind: 'metrics'; id: number }
  | { kind: 'stop' };
