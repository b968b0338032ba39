import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { Registry } from 'prom-client';
import { GroupCommit } from '../tracking/group-commit.js';
import { COMMIT_FAILED, throttled, type Log } from '../watch/log.js';
import type { ProcessMetrics } from '../watch/metrics.js';
import { toFailure } from '../reports/failure.js';
import type { StoreServices } from '../store-services.js';
import { NotDurable } from '../store/store.js';
import { LatestMetrics } from './latest-metrics.js';
import type { Addresses, Calls, FromPrimary, FromWorker, Method } from './messages.js';

/** If a worker ends this soon after its start, the next one is started only after this time. */
const SOON_MS = 5000;
/** How long a worker may take to answer with its metrics. */
const METRICS_TIMEOUT_MS = 2000;

/**
 * The process that writes. Workers answer HTTP on one port and send their entries to this process, in the order of arrival. A
 * commit contains what all workers sent since the commit before. So a hit that is sent after another one was acknowledged is stored
 * after that one, whichever workers received the two.
 */
export class Primary {
  private readonly commits: GroupCommit;
  private readonly workers = new Set<Worker>();
  /** The workers that answer requests already. */
  private readonly listening = new Set<Worker>();
  private readonly metrics = new LatestMetrics<Worker>();
  /** Workers that have been asked for their metrics, by the numbers of the questions. */
  private readonly asked = new Map<number, { worker: Worker; settle: (answered: boolean) => void }>();
  private questions = 0;
  /** Whether a worker that ends is replaced: from the first one that has listened on, until the collector stops. */
  private replaces = false;
  private stopping = false;
  /** Reports that workers wait for, keyed by the numbers of worker and call. */
  private readonly reporting = new Map<string, AbortController>();
  private readonly calls: Calls;

  /**
   * @param services shared by all workers
   * @param settings what each worker gets at its start. A worker that replaces another has to work as the others do, also if the
   * file of settings has been edited since
   */
  constructor(
    private readonly services: StoreServices,
    private readonly settings: unknown,
    readonly log: Log,
  ) {
    const { store, reports, remover, demoData } = services;
    const registry = new Registry();
    services.addMetrics(registry);
    // Workers do not know why a commit failed, so it is logged here; at intervals, since on a full disk every commit fails.
    const logFailed = throttled<unknown>((error, times) => log.error({ err: error, times }, COMMIT_FAILED));
    this.commits = new GroupCommit(store, logFailed);
    this.calls = {
      append: (entries) =>
        new Promise((resolve, reject) => {
          this.commits.add(entries, (outcome, refused) => {
            if (outcome === 'durable') resolve(refused);
            else reject(outcome === 'not durable' ? new NotDurable() : new Error('The hits could not be stored.'));
          });
        }),
      erase: (key, identity) => remover.erase(key, identity),
      expire: (key, before) => remover.expire(key, before),
      report: (kind, key, question, signal) => reports.ask(kind, key, question, signal),
      // Workers call this only if the demo shop is served.
      demoData: () => demoData!.demoData(),
      makeDemoData: () => demoData!.makeDemoData(),
      metrics: async () => {
        const own = (await registry.getMetricsAsJSON()) as ProcessMetrics;
        const asked = [...this.listening];
        const answers = await Promise.all(asked.map((worker) => this.askForMetrics(worker)));
        return [...this.metrics.all(new Set(asked.filter((_, at) => answers[at]))), own];
      },
    };
  }

  /** Starts the workers. @returns the URLs at which they listen @throws Error if the first worker cannot listen */
  async start(count: number): Promise<Addresses> {
    cluster.setupPrimary({ serialization: 'advanced' });
    const addresses = await new Promise<Addresses>((resolve, reject) => {
      const forkFirst = (): void => {
        const first = this.fork();
        first.on('message', (message: FromWorker) => message.kind === 'listening' && resolve(message.addresses));
        first.once('exit', (_code, signal: string | null) => {
          // At a stop, the process ends without URLs.
          if (this.stopping) return;
          if (signal === 'SIGHUP') forkFirst();
          else reject(new Error('The first process ended before it was listening.'));
        });
      };
      forkFirst();
    });
    this.replaces = true;
    for (let more = 1; more < count && !this.stopping; more++) this.fork();
    return addresses;
  }

  /** Lets the workers load their certificate again on SIGHUP. */
  passOnHangups(): void {
    process.on('SIGHUP', () => {
      // A worker that is not listening yet may have no listener for the signal either, and reads the files anyway.
      for (const worker of this.listening) worker.process.kill('SIGHUP');
    });
  }

  /** Lets the workers answer the requests that they have accepted, then closes the store. */
  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all(
      [...this.workers].map(async (worker) => {
        const exited = once(worker, 'exit');
        if (this.listening.has(worker)) send(worker, { kind: 'stop' });
        // It has no requests. To start takes it a second of computing, so several of them would not stop in time.
        else worker.process.kill('SIGKILL');
        await exited;
      }),
    );
    await this.commits.drained();
    await this.services.close();
  }

  private fork(): Worker {
    const began = performance.now();
    const worker = cluster.fork();
    this.workers.add(worker);
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') this.begin(worker);
      else if (message.kind === 'listening') this.listening.add(worker);
      else if (message.kind === 'cancel') this.reporting.get(`${worker.id} ${message.id}`)?.abort();
      else if (message.kind === 'metrics') this.noteMetrics(worker, message.id, message.metrics);
      else void this.answer(worker, message.id, message.method, message.parameters);
    });
    worker.on('exit', (code, signal) => {
      this.workers.delete(worker);
      this.listening.delete(worker);
      this.metrics.end(worker);
      for (const asked of this.asked.values()) if (asked.worker === worker) asked.settle(false);
      if (!this.replaces || this.stopping) return;
      // SIGHUP is often sent to all processes of the collector. It ends only a worker that is too new to have a listener for it.
      if ((signal as string | null) === 'SIGHUP') return void this.fork();
      this.log.error(`a process ended (${signal ?? code}); another one replaces it`);
      setTimeout(() => this.stopping || this.fork(), performance.now() - began < SOON_MS ? SOON_MS : 0);
    });
    return worker;
  }

  private begin(worker: Worker): void {
    send(worker, { kind: 'settings', settings: this.settings });
  }

  private async answer(worker: Worker, id: number, method: Method, parameters: unknown[]): Promise<void> {
    const call = `${worker.id} ${id}`;
    const abort = new AbortController();
    if (method === 'report') this.reporting.set(call, abort);
    try {
      const value = await (this.calls[method] as (...parameters: unknown[]) => Promise<unknown>)(
        ...parameters,
        abort.signal,
      );
      send(worker, { kind: 'result', id, value });
    } catch (error) {
      const isNotDurable = error instanceof NotDurable;
      send(worker, { kind: 'result', id, error: toFailure(error), isNotDurable });
    } finally {
      this.reporting.delete(call);
    }
  }

  /** @returns whether the worker has answered, which it does not if it ends or is too busy */
  private askForMetrics(worker: Worker): Promise<boolean> {
    const id = ++this.questions;
    return new Promise<boolean>((resolve) => {
      const settle = (answered: boolean): void => {
        this.asked.delete(id);
        resolve(answered);
      };
      this.asked.set(id, { worker, settle });
      setTimeout(settle, METRICS_TIMEOUT_MS, false).unref();
      send(worker, { kind: 'metrics', id });
    });
  }

  private noteMetrics(worker: Worker, id: number, metrics: ProcessMetrics): void {
    // Its last message may arrive after its end.
    if (!this.workers.has(worker)) return;
    this.metrics.note(worker, metrics);
    this.asked.get(id)?.settle(true);
  }
}

/** Sends a message, unless the worker has just ended: its clients will ask again. */
function send(worker: Worker, message: FromPrimary): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
