import type { ComponentChildren } from 'preact';
import type { Condition } from '../../protocol/reports.js';
import type { Csv } from '../ask.js';
import { isolated } from '../bidi.js';
import { CsvLink } from '../components/csv-link.js';
import { DataTable, type Column } from '../components/data-table.js';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { narrow, peopleAddress } from '../view.js';

export interface Row {
  name: string | null;
  /** Shown instead of the name. */
  shown?: string;
  people: number;
  times: number;
  cell: string;
  /** The condition that a click on the row adds. */
  condition: Condition;
}

interface ListProps {
  id: string;
  title: string;
  /** The heading of the first column. */
  head: string;
  rows: Row[];
  times: string;
  csv: Csv;
  /** The text of a row without a value. */
  none?: string;
  /** Shown below the rows. */
  children?: ComponentChildren;
}

/** A list of values with the number of people of each. A click on a name filters the page by it; a number leads to these people. */
export function List({
  id,
  title,
  head,
  rows,
  times,
  csv,
  none = '(not set)',
  children,
}: ListProps): ComponentChildren {
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
          title={`Only people of ${isolated(row.name ?? none)}`}
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
          <CsvLink csv={csv} label={`${title} as CSV`} />
        </span>
      </div>
      <DataTable
        caption={title}
        columns={columns}
        rows={rows}
        share={({ people }) => people / most}
        empty="Nothing in these days."
      />
      {children}
    </section>
  );
}
