import type { ComponentChildren } from 'preact';
import type { Answered } from '../../protocol/reports.js';
import { askAgain } from '../ask.js';
import { number, timeZone } from '../format.js';
import { moment } from '../time.js';

/** Until when hits are counted, in which time zone days begin, and who is left out. */
export function Foot({ answer }: { answer: Answered }): ComponentChildren {
  const bots = answer.excluded?.bots ?? 0;
  return (
    <p class="foot">
      Counted up to {moment(answer.asOf)}, days of {timeZone()}.{' '}
      {bots > 0 && `${number(bots)} ${bots === 1 ? 'bot is' : 'bots are'} left out. `}
      <button type="button" class="plain" onClick={askAgain}>
        Count again
      </button>
    </p>
  );
}
