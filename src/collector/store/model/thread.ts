import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-files.js';

/** What a thread does when it is asked: functions by their names. */
export type Jobs<T> = { [name in keyof T]: (...parameters: never[]) => unknown };

/** What is sent to the thread. */
export interface Call {
  id: number;
  name: string;
  parameters: unknown[];
}

/** What comes back: a value, or what went wrong. */
export interface Result {
  id: number;
  value?: unknown;
  error?: Failure;
}

export interface Failure {
  message: string;
  /** By which HTTP answers, where it is not the collector's own fault. */
  statusCode?: number | undefined;
}

/** In the place of a call: the last message. */
export const CLOSE = 'close';

const CLOSED = 'The store is closed.';

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/** A thread with a connection of its own to a store, begun with the first call. */
export class StoreThread<J extends Jobs<J>> {
  private readonly entry: string;
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  private closed = false;

  /**
   * @param entry the module that the thread runs, by its path from the folder of stores. It was built: it is JavaScript
   *   wherever this file is run from.
   * @param data that it is given, such as the file of a database
   */
  constructor(
    entry: string,
    private readonly data: unknown,
  ) {
    this.entry = builtFile(`collector/store/${entry}`);
  }

  /** @throws Error with the message and the status of what the job has thrown */
  call<N extends keyof J & string>(name: N, ...parameters: Parameters<J[N]>): Promise<Awaited<ReturnType<J[N]>>> {
    if (this.closed) return Promise.reject(new Error(CLOSED));
    const worker = (this.worker ??= this.begin());
    const call: Call = { id: ++this.count, name, parameters };
    return new Promise((resolve, reject) => {
      this.pending.set(call.id, { resolve, reject });
      worker.postMessage(call);
    });
  }

  /** Waits for all calls that were made. */
  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    if (!worker) return;
    worker.postMessage(CLOSE);
    await once(worker, 'exit');
  }

  private begin(): Worker {
    const worker = new Worker(this.entry, { workerData: this.data });
    worker.on('message', ({ id, value, error }: Result) => {
      const { resolve, reject } = this.pending.get(id)!;
      this.pending.delete(id);
      if (error === undefined) resolve(value as never);
      else reject(Object.assign(new Error(error.message), { statusCode: error.statusCode }));
    });
    let failure = new Error(CLOSED);
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      this.worker = undefined;
      for (const { reject } of this.pending.values()) reject(failure);
      this.pending.clear();
    });
    return worker;
  }
}
