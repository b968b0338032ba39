import { performance } from 'node:perf_hooks';
import { pause } from './figures.js';
import { peakMemory, residentMemory, startCollector } from './processes.js';

const START_SECONDS = 600;
const STOP_SECONDS = 60;

/** The result of work that may take only so long. @throws Error if it takes longer */
export async function within(seconds, work) {
  const signal = globalThis.AbortSignal.timeout(seconds * 1000);
  const late = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`more than ${seconds} s`)));
  });
  const working = work(signal);
  // After the time limit the work may still fail.
  working.catch(() => undefined);
  return Promise.race([working, late]);
}

/** A real collector on the folder. If it does not answer a question in time, it is restarted. */
export class YearCollector {
  /** The most memory that any of its processes had, in MiB. */
  peak = 0;
  #collector;

  constructor(data) {
    this.data = data;
  }

  /** @returns how many seconds a start takes, until the first hit is answered */
  async start() {
    const began = performance.now();
    this.#collector = await within(START_SECONDS, () => startCollector({ data: this.data }));
    const { ok, status } = await fetch(`${this.origin}/e?_k=start&_p=owner&_n=Started`);
    if (!ok) throw new Error(`The first hit was answered with ${status}.`);
    return (performance.now() - began) / 1000;
  }

  get origin() {
    return this.#collector.origin;
  }

  get resident() {
    return residentMemory(this.#collector.pid);
  }

  /** @returns the measurement, or the reason why there is none */
  async ask(seconds, question) {
    try {
      return await within(seconds, (signal) => question({ origin: this.origin, seconds, signal }));
    } catch (error) {
      await this.stop();
      await this.start();
      return error.message;
    }
  }

  async stop() {
    this.#notePeak();
    await within(STOP_SECONDS, () => this.#collector.stop()).catch(() => this.#collector.kill());
  }

  async kill() {
    this.#notePeak();
    await this.#collector.kill();
    // The system releases the lock of the folder.
    await pause(100);
  }

  #notePeak() {
    try {
      this.peak = Math.max(this.peak, peakMemory(this.#collector.pid));
    } catch {
      // The process has ended already.
    }
  }
}
