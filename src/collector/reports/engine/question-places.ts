import { unavailable, type NoReport } from '../no-report.js';

/** Questions that run at once: each takes one of the threads of libuv, and DuckDB divides its own among them. */
const RUNNING = 4;
/** Those that wait for their turn; whoever comes then is told to come again. */
const WAITING = 64;

function tooMany(): NoReport {
  return unavailable('Too many questions wait: ask again.');
}

/** Some questions run at once; others wait, in the order in which they came. */
export class QuestionPlaces {
  private taken = 0;
  /** What lets those go on that wait. */
  private readonly waiting = new Set<() => void>();

  /** @param patience how long one waits, in seconds */
  constructor(private readonly patience: number) {}

  /** Takes a place, when there is one. @throws NoReport, or the reason of the signal: who has gone waits no longer */
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

  /** Gives a place back, to the one that has waited longest. */
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
