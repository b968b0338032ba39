import { unavailable, type NoReport } from './no-report.js';

/** How many questions run at once. Each needs one of libuv's threads, and DuckDB divides its threads among them. */
const RUNNING = 4;
/** How many questions may wait. Further ones are refused, and can be asked again. */
const WAITING = 64;

function tooMany(): NoReport {
  return unavailable('Too many questions wait: ask again.');
}

/** Limits how many questions run at once. Others wait, in the order of their arrival. */
export class QuestionPlaces {
  private taken = 0;
  /** Functions that let waiting questions continue. */
  private readonly waiting = new Set<() => void>();

  /** @param patience how long a question waits, in seconds */
  constructor(private readonly patience: number) {}

  /** Resolves when the question may run. @throws NoReport, or the reason of the signal, if its client has gone */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.taken < RUNNING) {
      this.taken += 1;
      return;
    }
    if (this.waiting.size >= WAITING) throw tooMany();
    let settle = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const onGone = (): void => reject(signal.reason as Error);
        const late = setTimeout(() => reject(tooMany()), this.patience * 1000);
        signal.addEventListener('abort', onGone);
        this.waiting.add(resolve);
        settle = () => {
          clearTimeout(late);
          signal.removeEventListener('abort', onGone);
          this.waiting.delete(resolve);
        };
      });
    } finally {
      settle();
    }
  }

  /** Call it when a question has ended: the one that has waited longest may run. */
  giveBack(): void {
    const [go] = this.waiting;
    if (!go) {
      this.taken -= 1;
      return;
    }
    this.waiting.delete(go);
    go();
  }
}
