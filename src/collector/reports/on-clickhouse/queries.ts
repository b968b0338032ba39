import type { Sql } from 'sql-template-tag';
import { isHeld } from '../../../protocol/numbers.js';
import { MOST_OF_A_FIELD, type Table } from '../../store/clickhouse/nodes.js';
import { text } from '../../store/clickhouse/sql.js';
import { LATER_SETTINGS } from '../../store/clickhouse/stated-settings.js';
import type { Row, Value } from '../questions/report.js';

/** The most characters of parameters that are in a URL. Many proxies in front of ClickHouse accept 8 KiB of a URL. */
const MOST_IN_A_URL = 4096;

/** With these settings ClickHouse refuses statements that write, and stops a query when its client has closed the connection. */
export const READ_ONLY = { readonly: '2', cancel_http_readonly_queries_on_client_close: 1 } as const;

/** Settings that the SQL of questions needs. With ClickHouse's defaults the same SQL means something else. */
export const QUESTION_SETTINGS = {
  // Columns of unmatched rows of an outer join, and aggregates of no rows, are null.
  join_use_nulls: 1,
  aggregate_functions_null_for_empty: 1,
  group_by_use_nulls: 1,
  cast_keep_nullable: 1,
  // A name in WHERE means the column, even if a result of the SELECT has the same name.
  prefer_column_name_to_alias: 1,
  union_default_mode: 'DISTINCT',
  // Without it, versions before 26 read 1.7091 as 1.7090999999999998.
  precise_float_parsing: 1,
  // The numbers that stand for people exceed 2^53.
  output_format_json_quote_64bit_integers: 1,
  // A question with many conditions becomes a long query.
  max_query_size: '268435456',
  max_subquery_depth: '1000',
  enable_analyzer: 1,
  ...LATER_SETTINGS,
  ...READ_ONLY,
} as const;

/**
 * A query with parameters: its text contains no values of the question. The client sends long parameters in a form, and the query
 * with them. Only if the text is too long for a form and the parameters are too long for a URL, the values are part of the text.
 */
export function withParameters({ strings, values }: Sql): { query: string; parameters: Record<string, unknown> } {
  const parameters: Record<string, unknown> = {};
  // Equal values share a parameter.
  const names = new Map<unknown, string>();
  const pieces = strings.map((piece, index) => {
    if (index === 0) return piece;
    const value = values[index - 1];
    const name = names.get(value) ?? `p${names.size}`;
    names.set(value, name);
    parameters[name] = value;
    return `${parameterOf(name, value)}${piece}`;
  });
  const query = pieces.join('');
  if (Buffer.byteLength(query) <= MOST_OF_A_FIELD || lengthOf(parameters) <= MOST_IN_A_URL)
    return { query, parameters };
  const literals = strings.map((piece, index) => (index === 0 ? piece : `${literalOf(values[index - 1])}${piece}`));
  return { query: literals.join(''), parameters: {} };
}

function lengthOf(parameters: Record<string, unknown>): number {
  return Object.values(parameters).reduce<number>((sum, value) => sum + encodeURIComponent(String(value)).length, 0);
}

/** Rows, with numbers as numbers if JavaScript can represent them exactly, else as texts. */
export function rowsIn({ columns, rows }: Table): Row[] {
  const readers = columns.map(({ name, type }) => [name, readerOf(type)] as const);
  return rows.map((row) => {
    const read: Row = {};
    for (const [index, [name, reader]] of readers.entries()) read[name] = reader(row[index]) as Value;
    return read;
  });
}

/** A number with a fraction is a text, since parameters of a type of numbers are read without `precise_float_parsing`. */
function parameterOf(name: string, value: unknown): string {
  if (typeof value === 'string') return `{${name}:String}`;
  return Number.isSafeInteger(value) ? `{${name}:Int64}` : `toFloat64({${name}:String})`;
}

function literalOf(value: unknown): string {
  if (typeof value === 'string') return text(value);
  return Number.isSafeInteger(value) ? `toInt64(${value as number})` : `toFloat64(${text(String(value))})`;
}

/** Reads the values of a type, of which the answer has 64-bit integers and perhaps decimals as texts. In tuples they stay texts. */
export function readerOf(type: string): (value: unknown) => unknown {
  const [, wrapper, inner] =
    /^(Nullable|LowCardinality|Array|SimpleAggregateFunction)\((?:\w+, )?(.*)\)$/.exec(type) ?? [];
  if (wrapper === 'Array') {
    const read = readerOf(inner!);
    return (value) => (value as unknown[]).map((one) => read(one));
  }
  if (wrapper) return readerOf(inner!);
  const [, ofMap] = /^Map\([^,]+, (.*)\)$/.exec(type) ?? [];
  if (ofMap !== undefined) {
    const read = readerOf(ofMap);
    return (value) => Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, read(one)]));
  }
  if (/^Decimal/.test(type)) return toDecimal;
  return /^U?Int/.test(type) ? toNumber : (value) => value;
}

function toNumber(value: unknown): unknown {
  const number = Number(value);
  return value === null || !Number.isSafeInteger(number) ? value : number;
}

function toDecimal(value: unknown): unknown {
  return typeof value === 'string' && isHeld(value) ? Number(value) : value;
}
