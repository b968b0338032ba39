import { EARLIEST_TIME } from '../../protocol/limits.js';
import { now } from '../clock.js';
import { throttled, type Log } from './log.js';

const REPEAT_MS = 60_000;

/**
 * Whether this machine's clock can be right. One without a battery starts in 1970: its hits would have a wrong
 * time, and nothing before 2009 is stored. So it takes no hits until the clock is set, and senders keep them.
 * A clock that is wrong by less, or ahead, cannot be told from one that is right.
 */
export class ClockCheck {
  private readonly say;
  private failing = false;

  constructor(private readonly log: Log) {
    this.say = throttled<string>(REPEAT_MS, (date, times) =>
      log.error({ date, times }, 'hits are answered with 503 until the clock of this machine is set'),
    );
  }

  get isSet(): boolean {
    const seconds = now();
    if (seconds >= EARLIEST_TIME) {
      if (this.failing) this.log.info('the clock is set: hits are stored again');
      this.failing = false;
      return true;
    }
    this.failing = true;
    this.say(new Date(seconds * 1000).toISOString());
    return false;
  }
}
