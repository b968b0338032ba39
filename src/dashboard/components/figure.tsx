import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { number, shortDay } from '../format.js';
import { Chart, type ChartProps } from './chart.js';
import { DataTable, type Column } from './data-table.js';

export interface FigureProps extends ChartProps {
  title: string;
  /** What has to be known to read it. */
  note?: ComponentChildren;
  /** Where all of it is as CSV. */
  csv: string;
  /** Of the table's first column. */
  head: string;
  id?: string;
}

/** A chart with its title, and the same as a table and as CSV. */
export function Figure({ title, note, csv, head, id, ...chart }: FigureProps): ComponentChildren {
  const [asTable, setAsTable] = useState(false);
  const format = chart.format ?? number;
  const columns: Column<number>[] = [
    { head, cell: (index) => chart.labels[index] },
    ...chart.series.map(({ name, points }): Column<number> => ({
      head: name,
      numeric: true,
      cell: (index) => {
        const point = points[index];
        if (!point || point.value === null) return '–';
        const text = format(point.value) + (point.open ? ' so far' : '');
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
          <a href={csv} download aria-label={`${title} as CSV`}>
            CSV
          </a>
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
