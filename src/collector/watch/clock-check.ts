import { EARLIEST_TIME } from '../../protocol/limits.js';
import { now } from '../clock.js';
import { throttled, type Log } from './log.js';

/**
 * Checks whether this machine's clock can be right. A machine without a battery for its clock starts in 1970: hits would have a
 * wrong time, and nothing before 2009 is stored. So the collector accepts no hits until the clock is set, and senders keep them.
 * A smaller error, or a clock that is ahead, cannot be detected.
 */
export class ClockCheck {
  private readonly say;
  private failing = false;

  constructor(private readonly log: Log) {
    this.say = throttled<string>((date, times) =>
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
