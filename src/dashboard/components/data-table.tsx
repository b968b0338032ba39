import type { ComponentChildren } from 'preact';
import { shown } from '../bidi.js';
import { useKept } from './kept-place.js';
import { TableFrame } from './table-frame.js';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers are aligned to the right. */
  numeric?: boolean;
  /** By what the rows can be sorted. Rows without it stay at the end. */
  order?: (row: Row) => string | number | null | undefined;
}

export interface DataTableProps<Row> {
  /** The caption, for screen readers: who sees the table sees the heading above it. */
  caption: string;
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
  columns,
  rows,
  share,
  keyOf,
  empty = 'Nothing.',
}: DataTableProps<Row>): ComponentChildren {
  const [{ by, isDown }, setSorted] = useKept(`sorted ${caption}`, { by: -1, isDown: true });
  const order = columns[by]?.order;
  const sorted = order ? rows.toSorted((one, other) => compare(order(one), order(other), isDown)) : rows;
  const classOf = ({ numeric }: Column<Row>): string | undefined => (numeric ? 'numeric' : undefined);
  return (
    <TableFrame name={caption}>
      <table class="data">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => {
              const way = index === by && (isDown ? 'descending' : 'ascending');
              const head = <bdi>{shown(column.head)}</bdi>;
              // Numbers begin with the largest, texts with the first of the alphabet.
              const next = index === by ? !isDown : column.numeric === true;
              return (
                <th key={column.head} scope="col" class={classOf(column)} aria-sort={way || undefined}>
                  {column.order ? (
                    <button type="button" class="plain" onClick={() => setSorted({ by: index, isDown: next })}>
                      {head}
                      {way && <span aria-hidden="true">{isDown ? ' ↓' : ' ↑'}</span>}
                    </button>
                  ) : (
                    head
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, place) => (
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
    </TableFrame>
  );
}

/** Texts as a dictionary sorts them, numbers by size, and what is missing at the end. */
function compare(one: string | number | null | undefined, other: typeof one, isDown: boolean): number {
  if (one == null || other == null) return Number(one == null) - Number(other == null);
  const way =
    typeof one === 'number'
      ? one - (other as number)
      : one.localeCompare(other as string, undefined, { numeric: true });
  return isDown ? -way : way;
}
