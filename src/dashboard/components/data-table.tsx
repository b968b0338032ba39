import type { ComponentChildren } from 'preact';
import { shown } from '../bidi.js';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers are aligned to the right. */
  numeric?: boolean;
  /** Not shown on a phone, where the other columns need the width. */
  wideOnly?: boolean;
}

export interface DataTableProps<Row> {
  /** The caption, for screen readers. It is visible only if the table has no heading. */
  caption: string;
  showCaption?: boolean;
  columns: Column<Row>[];
  rows: readonly Row[];
  /** The share of the largest row, from 0 to 1. It is drawn as a bar behind the first column. */
  share?: (row: Row) => number;
  /** The key of a row, for tables whose rows change their order. Without it rows keep their place and their content changes. */
  keyOf?: (row: Row) => string;
  /** Shown instead of rows if there are none. */
  empty?: string;
}

export function DataTable<Row>({
  caption,
  showCaption = false,
  columns,
  rows,
  share,
  keyOf,
  empty = 'Nothing.',
}: DataTableProps<Row>): ComponentChildren {
  const classOf = ({ numeric, wideOnly }: Column<Row>): string | undefined =>
    [numeric && 'numeric', wideOnly && 'wide-only'].filter(Boolean).join(' ') || undefined;
  return (
    <div class="table-frame">
      <table class="data">
        <caption class={showCaption ? undefined : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" class={classOf(column)}>
                <bdi>{shown(column.head)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={keyOf?.(row) ?? place}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.head} scope="row">
                    {share && <span class="bar" style={{ width: `${100 * share(row)}%` }} />}
                    <span class="in-bar">{column.cell(row)}</span>
                  </th>
                ) : (
                  <td key={column.head} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="quiet nothing">{empty}</p>}
    </div>
  );
}
