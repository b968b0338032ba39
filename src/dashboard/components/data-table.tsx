import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  numeric?: boolean;
}

export interface DataTableProps<Row> {
  /** What the table says, for who does not see it; shown where it has no heading of its own. */
  caption: string;
  showCaption?: boolean;
  columns: Column<Row>[];
  rows: readonly Row[];
  /** Of the largest, from 0 to 1: a bar behind the first column. */
  share?: (row: Row) => number;
  /** What a row goes along with when rows change their order; without it rows stay where they are, and what is in them changes. */
  keyOf?: (row: Row) => string;
  /** Stands in the place of rows. */
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
  const classOf = ({ numeric }: Column<Row>): string | undefined => (numeric ? 'numeric' : undefined);
  return (
    <div class="table-frame">
      <table class="data">
        <caption class={showCaption ? undefined : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" class={classOf(column)}>
                {column.head}
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
