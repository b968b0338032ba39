import {
  BIGINT,
  DOUBLE,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Sql } from 'sql-template-tag';
import type { Row, Value } from '../questions/report.js';

/** Runs a query and reads all its rows: integers as numbers, lists as arrays. */
export async function rowsOf(
  connection: DuckDBConnection,
  text: string,
  values: DuckDBValue[] = [],
  types: DuckDBType[] = [],
): Promise<Row[]> {
  const reader = await connection.runAndReadAll(text, values, types);
  return reader.getRowObjectsJS().map((row) => {
    const read: Row = {};
    for (const [name, value] of Object.entries(row)) read[name] = toValue(value);
    return read;
  });
}

/** The same for a report's query. Its integers are bound as BIGINT, other numbers as DOUBLE, texts as VARCHAR. */
export function reportRowsOf(connection: DuckDBConnection, query: Sql): Promise<Row[]> {
  const { values, types } = boundIn(query);
  return rowsOf(connection, query.text, values, types);
}

/** Runs a statement that returns no rows. Its values are bound like those of a report's query. */
export async function runQuery(connection: DuckDBConnection, query: Sql): Promise<void> {
  const { values, types } = boundIn(query);
  await connection.run(query.text, values, types);
}

function boundIn(query: Sql): { values: DuckDBValue[]; types: DuckDBType[] } {
  const types = query.values.map((value) => {
    if (typeof value === 'string') return VARCHAR;
    return Number.isSafeInteger(value) ? BIGINT : DOUBLE;
  });
  const values = query.values.map((value, index) => (types[index] === BIGINT ? BigInt(value as number) : value));
  return { values: values as DuckDBValue[], types };
}

/**
 * Writes rows by DuckDB's appender; part of a transaction.
 * @param schema `temp` for a table of the connection
 * @param append writes the values of a row, in the order of the columns
 */
export async function appendRows<T>(
  connection: DuckDBConnection,
  table: string,
  rows: Iterable<T>,
  append: (appender: DuckDBAppender, row: T) => void,
  schema?: 'temp',
): Promise<void> {
  const appender = await connection.createAppender(table, undefined, schema);
  for (const row of rows) {
    append(appender, row);
    appender.endRow();
  }
  appender.closeSync();
}

function toValue(value: unknown): Value {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toValue);
  return value as Value;
}
