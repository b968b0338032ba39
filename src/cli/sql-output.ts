import {
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBArrayValue,
  DuckDBStructValue,
  ResultReturnType,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SheetCell, SheetRow } from '../collector/reports/sheets/rows.js';
import { csvText } from '../collector/reports/sheets/csv.js';
import { isHeld } from '../protocol/numbers.js';
import { ROWS_SHOWN, tableText } from './sql-table.js';

export type SqlFormat = 'table' | 'csv' | 'json';

/** A result as text, in pieces, since it may be larger than the memory. A statement that is no question prints nothing. */
export function printed(result: DuckDBResult, format: SqlFormat): AsyncIterable<string> | [] {
  if (result.returnType !== ResultReturnType.QUERY_RESULT) return [];
  if (format === 'table') return tableOf(result);
  return format === 'csv' ? csvOf(result) : jsonOf(result);
}

async function* tableOf(result: DuckDBResult): AsyncGenerator<string> {
  const shown: SheetRow[] = [];
  let total = 0;
  for await (const chunk of result) {
    total += chunk.rowCount;
    const missing = ROWS_SHOWN - shown.length;
    if (missing > 0)
      shown.push(
        ...chunk
          .getRows()
          .slice(0, missing)
          .map((row) => row.map(toCell)),
      );
  }
  yield tableText(result.columnNames(), shown, total);
}

async function* csvOf(result: DuckDBResult): AsyncGenerator<string> {
  yield csvText([result.columnNames()], true);
  for await (const rows of result.yieldRows())
    if (rows.length)
      yield csvText(
        rows.map((row) => row.map(toCell)),
        false,
      );
}

async function* jsonOf(result: DuckDBResult): AsyncGenerator<string> {
  const names = result.deduplicatedColumnNames();
  let before = '[\n';
  for await (const rows of result.yieldRows()) {
    if (!rows.length) continue;
    const objects = rows.map((row) => JSON.stringify(objectOf(names.map((name, index) => [name, row[index]!]))));
    yield before + objects.join(',\n');
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

/** A number if JavaScript can represent it exactly; any other value as DuckDB writes it. */
function toCell(value: DuckDBValue): SheetCell {
  const number = toNumber(value);
  if (number !== undefined) return number;
  return value === null ? null : String(value);
}

function toJson(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJson);
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) return objectOf(value.entries.map(({ key, value }) => [String(key), value]));
  return toNumber(value) ?? String(value);
}

/** An object without special names: names may come from visitors, also `__proto__`. */
function objectOf(entries: [string, DuckDBValue][]): object {
  return Object.fromEntries(entries.map(([name, value]) => [name, toJson(value)]));
}

/** Undefined for infinity, integers beyond 2^53 and decimals of more than 15 digits, which become texts. */
function toNumber(value: DuckDBValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (value instanceof DuckDBDecimalValue) return isHeld(String(value)) ? Number(String(value)) : undefined;
  return undefined;
}
