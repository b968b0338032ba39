import sql, { raw, type Sql } from 'sql-template-tag';
import type { PropertyPlace } from './questions/report.js';

/**
 * What the engines of reports say differently. Everything else in the questions is SQL that all of them know. What is made of null is
 * null.
 */
export interface Dialect {
  /** The value of a property in a row of hits. @param row the alias of the row */
  property: (row: string, place: PropertyPlace) => Sql;
  /** What (time, hit) are compared by, as one value: the order of hits. @param row the alias of a row with both */
  order: (row: string) => Sql;
  /** An aggregate: the value where `by` is smallest, of rows whose value is not null. */
  firstBy: (value: Sql, by: Sql) => Sql;
  lastBy: (value: Sql, by: Sql) => Sql;
  /** An aggregate: the values in an order, as a list. */
  list: (value: Sql, by: Sql) => Sql;
  /** An aggregate that does not lose small numbers beside large ones. */
  sum: (number: Sql) => Sql;
  /** An aggregate: the median of the numbers that are not null; that of an even count is the average of the two in the middle. */
  median: (number: Sql) => Sql;
  /** Whole, of whole numbers that are not negative. */
  quotient: (number: Sql, by: number) => Sql;
  /** The number that a value is, null if it is none: as `numberOf` says. */
  number: (value: Sql) => Sql;
  /** As `foldText`. */
  fold: (value: Sql) => Sql;
  contains: (value: Sql, part: string | Sql) => Sql;
  begins: (value: Sql, part: string) => Sql;
  ends: (value: Sql, part: string) => Sql;
  /** Whether a regular expression is found in a value; only what RE2 knows. */
  matches: (value: Sql, pattern: string) => Sql;
  /** As JavaScript's `toLowerCase`. */
  lower: (value: Sql) => Sql;
  /** A URL without query and fragment; what is no URL stays as it is. */
  path: (value: Sql) => Sql;
  /** The host of a URL in lower case, without port and `www.`; what is no URL stays as it is. */
  domain: (value: Sql) => Sql;
}

/** ASCII spaces, a sign, digits, a fraction, an exponent. No engine's own cast decides: each takes something else besides. */
const NUMBER = '[ \\t\\n\\v\\f\\r]*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?[ \\t\\n\\v\\f\\r]*';

/** Scheme, authority, and the path behind them. */
const URL_BEGINS = '[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+';
const PATH = `^(${URL_BEGINS}[^?#]*)(?s:.*)$`;
const HOST = '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#]*@)?([^/?#]*?)(?::[0-9]*)?(?:[/?#](?s:.*))?$';

/** Functions of JavaScript that DuckDB calls: see engine/functions.ts. They are slow beside its own. */
export const FOLD_TEXT = 'kmq_fold';
export const LOWER_TEXT = 'kmq_lower';

/** ASCII, which nearly all values are, has no letters that fold in a way of their own. No null may get to the function: most are. */
const unlessAscii = (value: Sql, name: string): Sql =>
  sql`CASE WHEN strlen(${value}) <> length(${value}) THEN ${raw(name)}(${value}) ELSE lower(${value}) END`;

export const DUCKDB: Dialect = {
  property: (row, { code, column }) =>
    column === undefined ? raw(`${row}.others[${code}]`) : raw(`${row}.c${column}`),
  // A struct of both takes twice the time. There is room for times from 1970 to 2106, and for four billion hits.
  order: (row) => raw(`((${row}.time - 2147483648) * 4294967296 + ${row}.hit)`),
  firstBy: (value, by) => sql`arg_min(${value}, ${by})`,
  lastBy: (value, by) => sql`arg_max(${value}, ${by})`,
  list: (value, by) => sql`list(${value} ORDER BY ${by})`,
  sum: (number) => sql`fsum(${number})`,
  median: (number) => sql`median(${number})`,
  quotient: (number, by) => sql`(${number}) // ${raw(String(by))}`,
  number: (value) =>
    sql`CASE WHEN regexp_full_match(${value}, '${raw(NUMBER)}') THEN ${finite(sql`TRY_CAST(trim(${value}, E' \\t\\n\\x0b\\x0c\\r') AS DOUBLE)`)} END`,
  fold: (value) => unlessAscii(value, FOLD_TEXT),
  contains: (value, part) => sql`contains(${value}, ${part})`,
  begins: (value, part) => sql`starts_with(${value}, ${part})`,
  ends: (value, part) => sql`ends_with(${value}, ${part})`,
  matches: (value, pattern) => sql`regexp_matches(${value}, ${pattern})`,
  lower: (value) => unlessAscii(value, LOWER_TEXT),
  path: (value) => sql`regexp_replace(${value}, '${raw(PATH)}', '\\1')`,
  domain: (value) => sql`CASE WHEN regexp_matches(${value}, '^${raw(URL_BEGINS)}')
    THEN regexp_replace(${unlessAscii(sql`regexp_replace(${value}, '${raw(HOST)}', '\\1')`, LOWER_TEXT)}, '^www[.]', '')
    ELSE ${value} END`,
};

function finite(number: Sql): Sql {
  return sql`CASE WHEN isfinite(${number}) THEN ${number} END`;
}
