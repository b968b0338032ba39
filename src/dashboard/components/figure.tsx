import type { ComponentChildren } from 'preact';
import type { Csv } from '../ask.js';
import { number, shortDay } from '../format.js';
import { Chart, type ChartProps } from './chart.js';
import { CsvLink } from './csv-link.js';
import { DataTable, type Column } from './data-table.js';
import { useKept } from './kept-place.js';

export interface FigureProps extends ChartProps {
  title: string;
  /** A note that is needed to understand the chart. */
  note?: ComponentChildren;
  /** The address of the whole answer as CSV. */
  csv: Csv;
  /** The heading of the table's first column. */
  head: string;
  id: string;
}

/** A chart with a title. The same numbers can be shown as a table and saved as CSV. */
export function Figure({ title, note, csv, head, id, ...chart }: FigureProps): ComponentChildren {
  const [asTable, setAsTable] = useKept(`table ${id}`, false);
  const columns: Column<number>[] = [
    { head, cell: (index) => (chart.longLabels ?? chart.labels)[index] },
    ...chart.series.map(({ name, points }): Column<number> => ({
      head: name,
      numeric: true,
      cell: (index) => {
        const point = points[index];
        if (!point || point.value === null) return '–';
        const text = number(point.value) + (point.open ? ' so far' : '');
        return point.href ? <a href={point.href}>{text}</a> : text;
      },
    })),
  ];
  return (
    <section class="figure" id={id}>
      <div class="figure-head">
        <h2>{title}</h2>
        <span class="figure-ways">
          <button
            type="button"
            class="plain"
            aria-label={`${title}, as table`}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            As table
          </button>
          <CsvLink csv={csv} label={`${title} as CSV`} />
        </span>
      </div>
      {asTable ? (
        <div class="figure-table">
          <DataTable caption={title} columns={columns} rows={chart.labels.map((_, index) => index)} keyOf={String} />
        </div>
      ) : (
        <Chart {...chart} />
      )}
      {note && <p class="note">{note}</p>}
    </section>
  );
}

/** The labels of buckets: the days on which they begin. */
export const labelsOf = (rows: readonly { start: string }[]): string[] => rows.map(({ start }) => shortDay(start));
