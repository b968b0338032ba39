import { parse } from 'csv-parse/sync';
import { isFieldName } from '../protocol/fields.js';
import type { Rules } from '../protocol/interpret.js';
import type { Line } from './lines.js';
import { hitsOf, type LineReader, type Telling } from './record.js';

/** Where each column's cells go; `Prop:<Name>` is a property. */
type Column = 'person' | 'time' | 'event' | 'alias' | { property: string };

const COLUMNS: Record<string, Column> = { identity: 'person', timestamp: 'time', event: 'event', alias: 'alias' };

const PROPERTY = /^prop:(.+)$/is;

/**
 * The original's CSV import (reference section 8.6): columns Identity, Timestamp in Unix seconds, Event, `Prop:<Name>`
 * and Alias in any order, the first line names them. A row without an event sets its properties, one with an alias ties
 * the identities, too; an empty cell says nothing. Cells may stand in quotes, which the original refused.
 * @throws Error for a first line that names other columns, or lacks Identity or Timestamp
 */
export function csvReader(key: string, received: () => number, rules: Rules): LineReader {
  let columns: Column[] | undefined;
  return (line) => {
    const cells = cellsOf(line);
    if (typeof cells === 'string') return { reason: cells };
    if (!columns) {
      columns = columnsOf(cells);
      return { hits: [] };
    }
    if (cells.length !== columns.length)
      return { reason: `The row has ${cells.length} cells, the first line ${columns.length}.` };
    return hitsOf(telling(columns, cells), key, received(), rules);
  };
}

/** Whether a first line names the columns of such a file. */
export function isCsvHeading(line: Line): boolean {
  const cells = cellsOf(line);
  return typeof cells !== 'string' && cells.some((cell) => cell.trim().toLowerCase() === 'identity');
}

function columnsOf(cells: string[]): Column[] {
  const columns = cells.map((cell): Column => {
    const name = cell.trim();
    const known = COLUMNS[name.toLowerCase()];
    const property = PROPERTY.exec(name)?.[1]?.trim();
    if (Object.hasOwn(COLUMNS, name.toLowerCase())) return known!;
    if (property === undefined || isFieldName(property)) {
      throw new Error(
        `“${name.slice(0, 40)}” is no column: there are Identity, Timestamp, Event, Alias and Prop:<Name>.`,
      );
    }
    return { property };
  });
  for (const [name, column] of Object.entries(COLUMNS)) {
    const count = columns.filter((one) => one === column).length;
    const needed = column === 'person' || column === 'time';
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
    if (cell === '') return;
    if (typeof column === 'object') row.properties.push([column.property, cell]);
    else row[column] = cell;
  });
  return row;
}

/** The cells, or the reason why there are none. */
function cellsOf({ text }: Line): string[] | string {
  if (!text.includes('"')) return text.split(',');
  try {
    const rows: string[][] = parse(text, { relax_quotes: true });
    return rows.length === 1 ? rows[0]! : 'The quotes of the row are not those of CSV.';
  } catch (error) {
    return `The row is no CSV: ${(error as Error).message.slice(0, 120)}`;
  }
}
