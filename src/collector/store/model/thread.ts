import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-files.js';

/** The functions that a thread can run, by name. */
export type Jobs<T> = { [name in keyof T]: (...parameters: never[]) => unknown };

/** A message to the thread. */
export interface Call {
  id: number;
  name: string;
  parameters: unknown[];
}

/** The answer: a value or an error. */
export interface Result {
  id: number;
  value?: unknown;
  error?: Failure;
}

export interface Failure {
  message: string;
  /** The status of the HTTP answer; undefined for an error that nobody expected. */
  statusCode?: number | undefined;
}

/** The last message to a thread. */
export const CLOSE = 'close';

const CLOSED = 'The store is closed.';

/** A thread that answers none of its calls for this long is terminated. */
const SILENCE_MS = 120_000;

/** The error of a call to a thread that did not answer: a question is answered with 503. */
class NoAnswer extends Error {
  readonly statusCode = 503;
}

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/**
 * A thread with its own connection to a store. The first call starts it. If the thread ends or does not answer, all waiting calls
 * fail, and the next call starts another thread.
 */
export class StoreThread<J extends Jobs<J>> {
  private readonly entry: string;
  private worker: Worker | undefined;
  private exited: Promise<void> | undefined;
  private pending = new Map<number, Pending>();
  private silence: NodeJS.Timeout | undefined;
  private giveUp: () => void = () => undefined;
  private count = 0;
  private closed = false;

  /**
   * @param entry the module that the thread runs, as a path in the folder of stores. It is always the built JavaScript file,
   *   also if this file is run as TypeScript
   * @param data passed to the thread, such as the file of a database
   * @param silenceMs shorter in tests
   */
  constructor(
    entry: string,
    private readonly data: unknown,
    private readonly silenceMs = SILENCE_MS,
  ) {
    this.entry = builtFile(`collector/store/${entry}`);
  }

  /** @throws Error with the message and the status of the job's error */
  call<N extends keyof J & string>(name: N, ...parameters: Parameters<J[N]>): Promise<Awaited<ReturnType<J[N]>>> {
    if (this.closed) return Promise.reject(new Error(CLOSED));
    const worker = (this.worker ??= this.begin());
    const call: Call = { id: ++this.count, name, parameters };
    return new Promise((resolve, reject) => {
      if (!this.pending.size) this.listen();
      this.pending.set(call.id, { resolve, reject });
      worker.postMessage(call);
    });
  }

  /** Waits for all calls that were made, however they end. */
  async close(): Promise<void> {
    this.closed = true;
    this.worker?.postMessage(CLOSE);
    await this.exited;
  }

  private begin(): Worker {
    const worker = new Worker(this.entry, { workerData: this.data });
    /** The calls of this thread. A terminated thread has none. */
    const pending = (this.pending = new Map<number, Pending>());
    worker.on('message', ({ id, value, error }: Result) => {
      const call = pending.get(id);
      if (!call) return;
      pending.delete(id);
      if (pending.size) this.listen();
      else clearTimeout(this.silence);
      if (error === undefined) call.resolve(value as never);
      else call.reject(Object.assign(new Error(error.message), { statusCode: error.statusCode }));
    });
    let failure = new NoAnswer('A thread of the store has ended.');
    this.exited = new Promise((resolve) => {
      worker.on('error', (error) => (failure = new NoAnswer(`A thread of the store has ended: ${messageOf(error)}`)));
      worker.on('exit', () => {
        if (this.worker === worker) this.leave(failure);
        resolve();
      });
      this.giveUp = () => {
        this.leave(new NoAnswer(`A thread of the store has not answered for ${this.silenceMs / 1000} seconds.`));
        // Work outside of JavaScript, such as a statement of SQLite, may end later. The process does not wait for it.
        worker.unref();
        void worker.terminate();
        resolve();
      };
    });
    return worker;
  }

  /** Starts to wait for the next answer of the thread. */
  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.giveUp(), this.silenceMs).unref();
  }

  /** Called when the thread has ended. */
  private leave(failure: Error): void {
    clearTimeout(this.silence);
    this.worker = undefined;
    for (const { reject } of this.pending.values()) reject(failure);
    this.pending.clear();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
