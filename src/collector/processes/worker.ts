import { EmbeddedReader } from '../store/embedded/reader.js';
import { NotDurable, type Counting, type Store } from '../store/store.js';
import type { Addresses, Calls, FromPrimary, FromWorker, Method } from './messages.js';

/** The embedded store in a worker: it reads the file itself, and asks the primary to write. It takes no imports. */
export class WorkerStore extends EmbeddedReader implements Store {
  /** Resolves when the primary asks to stop, which may be before this process has started. */
  readonly stop: Promise<void>;
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;
  private stopped!: () => void;

  constructor(folder: string, counting: (key: string) => Counting) {
    super(folder, counting);
    this.stop = new Promise((resolve) => (this.stopped = resolve));
    process.on('message', (message: FromPrimary) => this.receive(message));
  }

  readonly append = this.call('append');
  readonly erase = this.call('erase');
  readonly expire = this.call('expire');
  /** The metrics of every worker, this one's among them. */
  readonly metrics = this.call('metrics');

  backlog(): number {
    return 0;
  }

  /** Tells the primary where this one listens. */
  listens(addresses: Addresses): void {
    send({ kind: 'listening', addresses });
  }

  private call<M extends Method>(method: M): Calls[M] {
    return ((...parameters: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++this.count;
        this.waiting.set(id, { resolve, reject });
        send({ kind: 'call', id, method, parameters });
      })) as Calls[M];
  }

  private receive(message: FromPrimary): void {
    if (message.kind === 'stop') return this.stopped();
    if (message.kind !== 'result') return;
    const { resolve, reject } = this.waiting.get(message.id)!;
    this.waiting.delete(message.id);
    if (message.error === undefined) resolve(message.value as never);
    else if (message.isNotDurable) reject(new NotDurable());
    else reject(Object.assign(new Error(message.error), { statusCode: message.statusCode }));
  }
}

function send(message: FromWorker): void {
  process.send!(message);
}
