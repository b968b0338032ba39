import type { ComponentChildren } from 'preact';
import type { BreakdownValue, Condition, OverviewAnswer } from '../../protocol/reports.js';
import { DataTable, type Column } from '../components/data-table.js';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { narrow, peopleAddress } from '../view.js';
import { byChannel, byEvent, byPage, byReferrer } from './narrowing.js';

/** Where people came from, what they saw and did: the ten largest of each. */
export function Lists({ answer, csv }: { answer: OverviewAnswer; csv: string }): ComponentChildren {
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
      />
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

interface Row {
  name: string | null;
  /** In the place of the name. */
  shown?: string;
  people: number;
  times: number;
  cell: string;
  /** Who did this: a click narrows everything to them. */
  condition: Condition;
}

interface ListProps {
  id: string;
  title: string;
  /** Of its first column. */
  head: string;
  rows: Row[];
  times: string;
  csv: string;
  /** What is said of a row without a value. */
  none?: string;
}

function List({ id, title, head, rows, times, csv, none = '(not set)' }: ListProps): ComponentChildren {
  const most = Math.max(1, ...rows.map(({ people }) => people));
  const nameOf = ({ name, shown }: Row): ComponentChildren =>
    name === null ? <span class="quiet">{none}</span> : <Text cut>{shown ?? name}</Text>;
  const columns: Column<Row>[] = [
    {
      head,
      cell: (row) => (
        <button
          type="button"
          class="narrow"
          title={`Only people of ${row.name ?? none}`}
          onClick={() => narrow(row.condition)}
        >
          {nameOf(row)}
        </button>
      ),
    },
    { head: 'People', numeric: true, cell: ({ people, cell }) => <a href={peopleAddress(cell)}>{number(people)}</a> },
    { head: times, numeric: true, cell: (row) => number(row.times) },
  ];
  return (
    <section id={id}>
      <div class="figure-head">
        <h2>{title}</h2>
        <span class="figure-ways">
          <a href={csv} download aria-label={`${title} as CSV`}>
            CSV
          </a>
        </span>
      </div>
      <DataTable
        caption={title}
        columns={columns}
        rows={rows}
        share={({ people }) => people / most}
        empty="Nothing in these days."
      />
    </section>
  );
}
