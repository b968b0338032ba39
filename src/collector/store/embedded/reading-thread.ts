import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-files.js';
import type { EmbeddedReader } from './queries.js';

type Method = Exclude<keyof EmbeddedReader, 'site' | 'identitiesOfPerson'>;

/** What is sent to the thread. */
export interface Question {
  id: number;
  method: Method;
  parameters: unknown[];
}

/** What comes back: a value, or what went wrong. */
export interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** In the place of a question: the last message. */
export const CLOSE = 'close';

// The thread runs what was built: it is JavaScript wherever this file is run from.
const ENTRY = builtFile('collector/store/embedded/reading-thread-entry.js');

/** A thread that reads the embedded store through a connection of its own, begun with the first question. */
export class ReadingThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;

  constructor(private readonly file: string) {}

  /** Answers come in the order of the questions. @throws Error when the store cannot be read */
  ask<M extends Method>(
    method: M,
    ...parameters: Parameters<EmbeddedReader[M]>
  ): Promise<ReturnType<EmbeddedReader[M]>> {
    this.worker ??= this.begin();
    const question: Question = { id: ++this.count, method, parameters };
    return new Promise((resolve, reject) => {
      this.waiting.set(question.id, { resolve, reject });
      this.worker!.postMessage(question);
    });
  }

  /** Waits for the question that it is at. */
  async close(): Promise<void> {
    const { worker } = this;
    if (!worker) return;
    worker.postMessage(CLOSE);
    await once(worker, 'exit');
  }

  private begin(): Worker {
    const worker = new Worker(ENTRY, { workerData: this.file });
    worker.on('message', ({ id, value, error }: Answer) => {
      const { resolve, reject } = this.waiting.get(id)!;
      this.waiting.delete(id);
      if (error === undefined) resolve(value as never);
      else reject(new Error(error));
    });
    let failure = new Error('The store is closed.');
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(failure);
      this.waiting.clear();
    });
    return worker;
  }
}
