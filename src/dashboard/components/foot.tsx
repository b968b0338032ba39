import type { ComponentChildren } from 'preact';
import type { Answered } from '../../protocol/reports.js';
import { askAgain } from '../ask.js';
import { number } from '../format.js';
import { timeZone } from '../time-zone.js';
import { moment } from '../time.js';

/** The time up to which hits are counted, the time zone of days, and how many bots are left out. */
export function Foot({ answer }: { answer: Answered }): ComponentChildren {
  const bots = answer.excluded?.bots ?? 0;
  return (
    <p class="foot">
      Counted up to {moment(answer.asOf)}. Days are in the time zone {timeZone()}.{' '}
      {bots > 0 && `${number(bots)} ${bots === 1 ? 'bot is' : 'bots are'} left out. `}
      <button type="button" class="plain" onClick={askAgain}>
        Count again
      </button>
    </p>
  );
}
