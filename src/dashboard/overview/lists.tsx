import type { ComponentChildren } from 'preact';
import {
  OVERVIEW_VALUES,
  type BreakdownValue,
  type OverviewAnswer,
  type OverviewQuestion,
} from '../../protocol/reports.js';
import { originOf } from '../addresses.js';
import { number } from '../format.js';
import { reportAddress } from '../view.js';
import type { Csv } from '../ask.js';
import { Campaigns } from './campaigns.js';
import { List, type Row } from './list.js';
import { byChannel, byEvent, byPage, byReferrer } from './narrowing.js';

interface ListsProps {
  answer: OverviewAnswer;
  question: OverviewQuestion;
  csv: Csv;
}

/** Channels, referrers, pages and events: the ten largest of each. */
export function Lists({ answer, question, csv }: ListsProps): ComponentChildren {
  const { channels, referrers, pages, events } = answer;
  const nameOf = shorterNames(pages);
  return (
    <>
      {/* Names do not look like links, since a list of them would be hard to read. */}
      <p class="note lists-note">Click a name to count only these people, or a number to list them.</p>
      <div class="lists">
        <List
          id="channels"
          title="Channels"
          head="Channel"
          rows={channels.map((one) => ({ ...valueRow(one), condition: byChannel(one.value!) }))}
          times="Visits"
          csv={csv}
        >
          <WithoutVisit answer={answer} />
        </List>
        <List
          id="referrers"
          title="Referrers"
          head="Referrer"
          rows={referrers.map((one) => ({ ...valueRow(one), condition: byReferrer(one.value) }))}
          none="(none)"
          times="Visits"
          csv={csv}
        />
        <List
          id="pages"
          title="Pages"
          head="Page"
          rows={pages.map((one) => ({
            ...valueRow(one),
            shown: nameOf(one.value!),
            condition: byPage(one.value!),
          }))}
          times="Views"
          csv={csv}
        />
        <List
          id="events"
          title="Events"
          head="Event"
          rows={events.map(({ name, ...counts }) => ({ name, ...counts, condition: byEvent(name) }))}
          times="Times"
          csv={csv}
        >
          {events.length >= OVERVIEW_VALUES && (
            <p class="note">
              <a href={reportAddress('/trend')}>All other events are in Trend</a>
            </p>
          )}
        </List>
        <Campaigns question={question} />
      </div>
    </>
  );
}

/** Says why the channels have fewer people than the page: each person with a visit has exactly one channel. */
function WithoutVisit({ answer: { people, channels } }: { answer: OverviewAnswer }): ComponentChildren {
  const count = people - channels.reduce((sum, channel) => sum + channel.people, 0);
  if (channels.length >= OVERVIEW_VALUES || count <= 0) return null;
  return (
    <p class="note">
      {number(count)} {count === 1 ? 'person' : 'people'} began no visit in these days: their hits came from a server,
      or from a visit that had begun before.
    </p>
  );
}

/**
 * Shorter names for addresses: only the path, if the host is that of the page with the most people; else without the scheme. The
 * query stays: it may say what the page shows.
 */
function shorterNames(pages: BreakdownValue[]): (address: string) => string {
  const own = originOf(pages[0]?.value ?? '');
  return (address) => {
    const origin = originOf(address);
    return origin !== '' && origin === own
      ? address.slice(origin.length)
      : address.replace(/^https?:\/\/(?=[^/?#])/, '');
  };
}

const valueRow = ({ value, ...counts }: BreakdownValue): Omit<Row, 'condition'> => ({ name: value, ...counts });
