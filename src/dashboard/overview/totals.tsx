import type { ComponentChildren } from 'preact';
import type { OverviewAnswer } from '../../protocol/reports.js';
import { change, number } from '../format.js';
import { address } from '../site.js';
import { peopleAddress } from '../view.js';

interface TotalsProps {
  answer: OverviewAnswer;
  /** The days that are over, and as many days before them; undefined while this is unknown, or if nothing is compared. */
  compared: OverviewAnswer | undefined;
  /** Whether these are all days of the answer. */
  isWhole: boolean;
}

/** The numbers of the whole range. */
export function Totals({ answer, compared, isWhole }: TotalsProps): ComponentChildren {
  const { people, visits, newPeople, now, cell, newCell } = answer;
  const changeOf = (of: 'people' | 'newPeople' | 'visits'): { change?: Change } =>
    compared?.before ? { change: { before: compared.before[of], now: compared[of], isWhole } } : {};
  return (
    <dl class="totals">
      <Total name="People" value={people} {...changeOf('people')} href={peopleAddress(cell)} />
      <Total name="New people" value={newPeople} {...changeOf('newPeople')} href={peopleAddress(newCell)} />
      <Total name="Visits" value={visits} {...changeOf('visits')} />
      <Total name="Here now" value={now} href={address('/live')} note="last 5 minutes" />
    </dl>
  );
}

interface Change {
  before: number;
  now: number;
  isWhole: boolean;
}

interface TotalProps {
  name: string;
  value: number;
  change?: Change;
  href?: string;
  note?: string;
}

function Total({ name, value, change: changed, href, note }: TotalProps): ComponentChildren {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {href ? (
          <a href={href} aria-label={`${name}: ${number(value)}`}>
            {number(value)}
          </a>
        ) : (
          number(value)
        )}
      </dd>
      <dd class="quiet">
        {note}
        {changed && <Changed {...changed} />}
      </dd>
    </div>
  );
}

function Changed({ before, now, isWhole }: Change): ComponentChildren {
  const share = change(before, now);
  return (
    <>
      {/* The number above includes today. Without the compared number, the change would not fit it. */}
      {!isWhole && share !== undefined && `${number(now)} without today, `}
      {/* Not green or red: the sentence above these numbers says what has changed by more than chance. */}
      {share} from {number(before)}
    </>
  );
}
