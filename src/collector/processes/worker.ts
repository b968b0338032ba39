import { EmbeddedReader } from '../store/embedded/reader.js';
import type { DemoDataSource } from '../../demo-data/maker.js';
import type { ReportKind } from '../../protocol/reports.js';
import { toError } from '../reports/failure.js';
import type { ReportEngine } from '../reports/report-engine.js';
import { NotDurable, type Counting, type Store } from '../store/store.js';
import type { Addresses, Calls, FromPrimary, FromWorker, Method } from './messages.js';

/**
 * Asks the primary for the settings with which the collector was started.
 * @returns also what resolves when the primary asks this process to stop, which may be before it has started completely
 */
export function beginWork<Settings>(): { settings: Promise<Settings>; stop: Promise<void> } {
  const received = <K extends FromPrimary['kind']>(kind: K): Promise<FromPrimary & { kind: K }> =>
    new Promise((resolve) => {
      process.on('message', (message: FromPrimary) => {
        if (message.kind === kind) resolve(message as FromPrimary & { kind: K });
      });
    });
  const settings = received('settings').then((message) => message.settings as Settings);
  const stop = received('stop').then(() => undefined);
  send({ kind: 'ready' });
  return { settings, stop };
}

/** The embedded store in a worker: it reads the file itself, and asks the primary to write. It cannot import. */
export class WorkerStore extends EmbeddedReader implements Store, ReportEngine, DemoDataSource {
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;

  constructor(folder: string, counting: (key: string) => Counting) {
    super(folder, counting);
    process.on('message', (message: FromPrimary) => this.receive(message));
  }

  readonly append = this.call('append');
  readonly erase = this.call('erase');
  readonly expire = this.call('expire');
  readonly demoData = this.call('demoData');
  readonly makeDemoData = this.call('makeDemoData');
  /** The metrics of all workers, this one included, and of the primary. */
  readonly metrics = this.call('metrics');

  /** Asks for a report, which the primary's process of reports answers. */
  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const id = this.count + 1;
    const cancel = (): void => {
      this.waiting.get(id)?.reject(signal.reason as Error);
      this.waiting.delete(id);
      send({ kind: 'cancel', id });
    };
    signal.addEventListener('abort', cancel);
    try {
      return await this.ofPrimary('report', kind, key, question);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  backlog(): number {
    return 0;
  }

  /** Tells the primary where this one listens. */
  listens(addresses: Addresses): void {
    send({ kind: 'listening', addresses });
  }

  private call<M extends Method>(method: M): Calls[M] {
    return ((...parameters: unknown[]) => this.ofPrimary(method, ...parameters)) as Calls[M];
  }

  private ofPrimary<M extends Method>(method: M, ...parameters: unknown[]): ReturnType<Calls[M]> {
    return new Promise((resolve, reject) => {
      const id = ++this.count;
      this.waiting.set(id, { resolve, reject });
      send({ kind: 'call', id, method, parameters });
    }) as ReturnType<Calls[M]>;
  }

  private receive(message: FromPrimary): void {
    if (message.kind !== 'result') return;
    const call = this.waiting.get(message.id);
    // The call was cancelled.
    if (!call) return;
    const { resolve, reject } = call;
    this.waiting.delete(message.id);
    if (!message.error) resolve(message.value as never);
    else if (message.isNotDurable) reject(new NotDurable());
    else reject(toError(message.error));
  }
}

function send(message: FromWorker): void {
  process.send!(message);
}
