import { parse } from 'csv-parse/sync';
import { isFieldName } from '../protocol/fields.js';
import { delimiterOf, type Delimiter, type Quoting } from './csv-dialect.js';
import type { Rules } from '../protocol/interpret.js';
import type { Line } from './lines.js';
import { hitsOf, type LineReader, type Telling } from './record.js';

/** What a column contains; `Prop:<Name>` is a property. Spreadsheets add empty columns without a name. */
type Column = 'person' | 'time' | 'event' | 'alias' | 'nameless' | { property: string };

const COLUMNS: Record<string, Column> = { identity: 'person', timestamp: 'time', event: 'event', alias: 'alias' };

const PROPERTY = /^prop:(.+)$/is;

/**
 * The original's CSV import (docs/reference.md#8.6): columns Identity, Timestamp in Unix seconds, Event, `Prop:<Name>`
 * and Alias in any order, named by the first line. A row without an event sets its properties. A row with an alias also ties
 * the identities; it needs no time if it has nothing else. An empty cell means nothing. Cells may be
 * quoted, which the original refused, and separated by semicolons, tabs or bars. Empty columns and rows, which
 * spreadsheets leave at the end, are skipped.
 * @throws Error for a first line with other columns, or without Identity, or with neither Timestamp nor Alias
 */
export function csvReader(key: string, received: () => number, rules: Rules): LineReader {
  let heading: { columns: Column[]; delimiter: Delimiter } | undefined;
  return (line) => {
    if (!heading) {
      const delimiter = delimiterOf(line.text);
      const row = rowOf(line, delimiter);
      if (typeof row === 'string') return { reason: row };
      heading = { columns: columnsOf(row.cells), delimiter };
      return { hits: [] };
    }
    const { columns, delimiter } = heading;
    const row = rowOf(line, delimiter, columns.length);
    if (typeof row === 'string') return { reason: row };
    if (row.cells.every(isBlank)) return { hits: [] };
    if (!fits(row.cells, columns.length))
      return { reason: `The row has ${row.cells.length} cells, the first line ${columns.length}.${hint(line)}` };
    const nameless = columns.findIndex((column, at) => column === 'nameless' && !isBlank(row.cells[at]!));
    if (nameless >= 0)
      return { reason: `Column ${nameless + 1} has a cell in this row, but no name in the first line.` };
    return hitsOf({ ...telling(columns, row.cells), repaired: row.repaired }, key, received(), rules);
  };
}

/** Whether a first line names the columns of such a file. */
export function isCsvHeading(line: Line): boolean {
  const row = rowOf(line, delimiterOf(line.text));
  return typeof row !== 'string' && row.cells.some((cell) => cell.trim().toLowerCase() === 'identity');
}

const isBlank = (cell: string): boolean => cell.trim() === '';

/** Whether a row has as many cells as the first line; further cells must be empty. */
export function fits(cells: string[], count: number): boolean {
  return cells.length >= count && cells.slice(count).every(isBlank);
}

function columnsOf(cells: string[]): Column[] {
  const columns = cells.map((cell): Column => {
    const name = cell.trim();
    if (name === '') return 'nameless';
    const known = COLUMNS[name.toLowerCase()];
    const property = PROPERTY.exec(name)?.[1]?.trim();
    if (Object.hasOwn(COLUMNS, name.toLowerCase())) return known!;
    if (property === undefined || isFieldName(property)) {
      throw new Error(
        `“${name.slice(0, 40)}” is not a column: the columns are Identity, Timestamp, Event, Alias and Prop:<Name>.`,
      );
    }
    return { property };
  });
  for (const [name, column] of Object.entries(COLUMNS)) {
    const count = columns.filter((one) => one === column).length;
    const needed = column === 'person' || (column === 'time' && !columns.includes('alias'));
    if (count > 1 || (needed && count === 0)) {
      throw new Error(
        `The first line has ${count || 'no'} ${count ? 'columns' : 'column'} named ${name}; it needs ${needed ? 'one' : 'one at most'}.`,
      );
    }
  }
  return columns;
}

function telling(columns: Column[], cells: string[]): Telling {
  const row: Telling = { person: '', time: '', properties: [], warnings: [] };
  columns.forEach((column, at) => {
    const cell = cells[at]!;
    if (cell === '' || column === 'nameless') return;
    if (typeof column === 'object') row.properties.push([column.property, cell]);
    else row[column] = cell;
  });
  return row;
}

interface Row {
  cells: string[];
  /** Whether its quotes are escaped by backslashes. */
  repaired: boolean;
}

/**
 * The cells, or the reason why the row cannot be read. If RFC 4180 does not fit, the row is read as MySQL writes it, with
 * backslashes before quotes. If neither fits, quotes within a cell that does not begin with a quote are part of its text.
 * @param count how many cells there should be
 */
export function rowOf({ text }: Line, delimiter: Delimiter, count?: number): Row | string {
  if (!text.includes('"')) return { cells: text.split(delimiter), repaired: false };
  if (text.includes('\\"')) {
    for (const quoting of ['"', '\\'] as const) {
      const row = quotedRow(text, delimiter, quoting, false);
      if (typeof row !== 'string' && (count === undefined || fits(row.cells, count))) return row;
    }
  }
  return quotedRow(text, delimiter, '"', true);
}

function quotedRow(text: string, delimiter: Delimiter, escape: Quoting, relaxed: boolean): Row | string {
  try {
    const rows: string[][] = parse(text, { delimiter, escape, relax_quotes: relaxed });
    if (rows.length === 1) return { cells: rows[0]!, repaired: escape !== '"' };
    return 'The row has quotes that are not valid in CSV.';
  } catch (error) {
    return `The row is not valid CSV: ${(error as Error).message.slice(0, 120)}`;
  }
}

function hint({ text }: Line): string {
  return text.includes('\r')
    ? ' It contains a carriage return: if that was a line break, convert the file, for example with tr "\\r" "\\n".'
    : '';
}
