import type { ComponentChildren } from 'preact';
import type { OverviewAnswer } from '../../protocol/reports.js';
import { change, number } from '../format.js';
import { address } from '../site.js';
import { peopleAddress } from '../view.js';

/** The numbers of the whole range. */
export function Totals({ answer }: { answer: OverviewAnswer }): ComponentChildren {
  const { people, visits, newPeople, now, before, cell, newCell } = answer;
  return (
    <dl class="totals">
      <Total name="People" value={people} before={before?.people} href={peopleAddress(cell)} />
      <Total name="New people" value={newPeople} before={before?.newPeople} href={peopleAddress(newCell)} />
      <Total name="Visits" value={visits} before={before?.visits} />
      <Total name="Here now" value={now} href={address('/live')} note="last 5 minutes" />
    </dl>
  );
}

interface TotalProps {
  name: string;
  value: number;
  before?: number | undefined;
  href?: string;
  note?: string;
}

function Total({ name, value, before, href, note }: TotalProps): ComponentChildren {
  const changed = before === undefined ? undefined : change(before, value);
  return (
    <div>
      <dt>{name}</dt>
      <dd>{href ? <a href={href}>{number(value)}</a> : number(value)}</dd>
      {note && <dd class="quiet">{note}</dd>}
      {before !== undefined && (
        <dd class="quiet">
          {changed !== undefined && <span class={value < before ? 'down' : 'up'}>{changed}</span>} from {number(before)}
        </dd>
      )}
    </div>
  );
}
