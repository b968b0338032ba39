import type { ComponentChildren } from 'preact';
import type { BreakdownValue, OverviewAnswer, OverviewQuestion } from '../../protocol/reports.js';
import { reportAddress } from '../view.js';
import { Campaigns } from './campaigns.js';
import { List, type Row } from './list.js';
import { byChannel, byEvent, byPage, byReferrer } from './narrowing.js';

/** Values of each list. */
const LARGEST = 10;

interface ListsProps {
  answer: OverviewAnswer;
  question: OverviewQuestion;
  csv: string;
}

/** Where people came from, what they saw and did: the ten largest of each. */
export function Lists({ answer, question, csv }: ListsProps): ComponentChildren {
  const { channels, referrers, pages, events } = answer;
  const pathOf = withoutHost(pages.map(({ value }) => value!));
  return (
    <div class="lists">
      <List
        id="channels"
        title="Channels"
        head="Channel"
        rows={channels.map((one) => ({ ...valueRow(one), condition: byChannel(one.value!) }))}
        times="Visits"
        csv={csv}
      />
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
          shown: pathOf(one.value!),
          condition: byPage(one.value!, events),
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
        {events.length >= LARGEST && (
          <p class="note">
            <a href={reportAddress('/trend')}>All other events are in Trend</a>
          </p>
        )}
      </List>
      <Campaigns question={question} />
    </div>
  );
}

/** Of addresses of one host the path is what tells them apart. */
function withoutHost(addresses: string[]): (address: string) => string {
  const origins = new Set(addresses.map((address) => /^https?:\/\/[^/?#]+(?=\/)/.exec(address)?.[0]));
  const [origin] = origins;
  return origins.size === 1 && origin ? (address) => address.slice(origin.length) : (address) => address;
}

const valueRow = ({ value, ...counts }: BreakdownValue): Omit<Row, 'condition'> => ({ name: value, ...counts });
