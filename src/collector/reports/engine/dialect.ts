import sql, { join, raw, type Sql } from 'sql-template-tag';
import { domainIn, pathIn, type TextFunctions } from '../addresses.js';
import {
  BEFORE_QUERY,
  FRAGMENT,
  NUMBER,
  ORIGIN,
  QUERY,
  TRACKED,
  TRACKING_PARAMETER,
  type Dialect,
} from '../dialects.js';
import { bitOf, COLUMN_NAMES, NO_EVENT, type PropertyPlace, type SiteTables } from '../tables.js';

/** JavaScript functions that DuckDB calls: see functions.ts. They are slower than its own functions. */
export const FOLD_TEXT = 'kmq_fold';
export const LOWER_TEXT = 'kmq_lower';

/** Letters that DuckDB does not know yet. */
const NEW_LETTERS =
  '\\x{1c89}\\x{a7cb}-\\x{a7cc}\\x{a7ce}\\x{a7d2}\\x{a7d4}\\x{a7da}\\x{a7dc}\\x{10d50}-\\x{10d65}\\x{16ea0}-\\x{16eb8}';
/** Letters for which DuckDB's case mapping differs from JavaScript's: it maps letter by letter, and does not make `ss` of `ß`. */
const FOLDED_OTHERWISE = `[\\x{b5}\\x{df}\\x{130}\\x{149}\\x{17f}\\x{345}\\x{3c2}\\x{3d0}-\\x{3d1}\\x{3d5}-\\x{3d6}\\x{3f0}-\\x{3f1}\\x{3f5}\\x{587}\\x{1c80}-\\x{1c88}\\x{1e9a}-\\x{1e9b}\\x{1e9e}\\x{1f80}-\\x{1faf}\\x{1fb2}-\\x{1fb4}\\x{1fb7}\\x{1fbc}\\x{1fc2}-\\x{1fc4}\\x{1fc7}\\x{1fcc}\\x{1ff2}-\\x{1ff4}\\x{1ff7}\\x{1ffc}\\x{fb00}-\\x{fb06}\\x{fb13}-\\x{fb17}${NEW_LETTERS}]`;
/** The same for `lower`: JavaScript makes a final sigma at the end of a word. */
const LOWERED_OTHERWISE = `[\\x{130}\\x{3a3}${NEW_LETTERS}]`;

/** Calls a JavaScript function only for values with such letters, which are rare. Never for null, which most values are. */
function withFunction(name: string, letters: string, value: Sql, others: Sql): Sql {
  const other = sql`CASE WHEN regexp_matches(${value}, '${raw(letters)}') THEN ${raw(name)}(${value}) ELSE ${others} END`;
  return sql`CASE WHEN strlen(${value}) <> length(${value}) THEN ${other} ELSE lower(${value}) END`;
}

const folded = (value: Sql): Sql =>
  withFunction(FOLD_TEXT, FOLDED_OTHERWISE, value, sql`nfc_normalize(lower(${value}))`);

const lowered = (value: Sql): Sql => withFunction(LOWER_TEXT, LOWERED_OTHERWISE, value, sql`lower(${value})`);

/** The value of a property in a row of hits. */
export function propertyAt(row: string, { code, column }: PropertyPlace): Sql {
  return column === undefined ? raw(`${row}.others[${code}]`) : raw(`${row}.c${column}`);
}

export const DUCKDB_TABLES: SiteTables['tables'] = {
  events: raw('events'),
  properties: raw('properties'),
  identities: raw('identities'),
  merges: raw('merges'),
  hits: raw('hits'),
};

const TEXTS: TextFunctions = {
  extract: (value, pattern, group) => sql`regexp_extract(${value}, '${raw(pattern)}', ${raw(String(group ?? 0))})`,
  contains: (value, part) => sql`contains(${value}, '${raw(part)}')`,
  replaced: (value, pattern, by) =>
    sql`regexp_replace(${value}, '${raw(pattern)}', '${raw(by === 'group 1' ? '\\1' : '')}')`,
  lower: lowered,
};

export const DUCKDB: Dialect = {
  repeatsTables: false,
  values: ['carried', ...COLUMN_NAMES, 'others'],
  noEvent: NO_EVENT,
  noText: raw('CAST(NULL AS VARCHAR)'),
  age: 'identity',
  isEvent: (row, event) => sql`${raw(row)}.event = ${event}`,
  identityName: (row, { site, tables }) =>
    sql`(SELECT i.name FROM ${tables.identities} i WHERE i.site = ${site} AND i.identity = ${raw(row)}.identity)`,
  // A struct of both takes twice the time. The number has space for times from 1970 to 2106, the last time in reports,
  // and for four billion hits.
  order: (row) => raw(`((${row}.time - 2147483648) * 4294967296 + ${row}.hit)`),
  firstBy: (value, by) => sql`arg_min(${value}, ${by})`,
  lastBy: (value, by) => sql`arg_max(${value}, ${by})`,
  list: (value, by, where) => sql`list(${value} ORDER BY ${by}) ${where ? sql`FILTER (WHERE ${where})` : raw('')}`,
  lag: (value, { by, order, without }) =>
    sql`lag(${value}, 1, ${raw(String(without))}) OVER (PARTITION BY ${by} ORDER BY ${order})`,
  lead: (value, ahead, { by, order }) =>
    sql`lead(${value}, ${raw(String(ahead))}) OVER (PARTITION BY ${by} ORDER BY ${order})`,
  sum: (number) => finite(sql`fsum(${number})`),
  median: (number) => sql`median(${number})`,
  quotient: (number, by) => sql`(${number}) // ${raw(String(by))}`,
  number: (value) =>
    sql`CASE WHEN regexp_full_match(${value}, '${raw(NUMBER)}') THEN ${finite(sql`TRY_CAST(trim(${value}, E' \\t\\n\\x0b\\x0c\\r') AS DOUBLE)`)} END`,
  fold: folded,
  contains: (value, part) => sql`contains(${value}, ${part})`,
  begins: (value, part) => sql`starts_with(${value}, ${part})`,
  ends: (value, part) => sql`ends_with(${value}, ${part})`,
  matches: (value, pattern) => sql`regexp_matches(${value}, ${pattern})`,
  lower: lowered,
  path: (value) => pathIn(value, TEXTS),
  page: (value) => sql`CASE WHEN regexp_matches(${value}, '${raw(TRACKED)}')
    THEN regexp_extract(${value}, '${raw(BEFORE_QUERY)}') || regexp_replace(
        regexp_replace('&' || regexp_extract(${value}, '${raw(QUERY)}', 1), '${raw(TRACKING_PARAMETER)}', '', 'g'), '^&', '?')
      || regexp_extract(${value}, '${raw(FRAGMENT)}')
    ELSE ${value} END`,
  domain: (value) => domainIn(value, TEXTS),
  origin: (value) => sql`nullif(regexp_extract(${value}, '${raw(ORIGIN)}'), '')`,
  carried: carriedIn,
};

function finite(number: Sql): Sql {
  return sql`CASE WHEN isfinite(${number}) THEN ${number} END`;
}

/**
 * The number `carried` of a hit has a bit for each column with a value. The bits are combined for each person. So hits are
 * grouped by person only once, and not once for each property. Everything else is grouped by this number, of which there are few.
 */
function carriedIn(hits: Sql, { site, tables }: SiteTables): Sql {
  const bits = COLUMN_NAMES.map((_, index) => ({ column: index + 1, bit: bitOf(index + 1) }));
  const columns = bits.map(({ column, bit }) => {
    const has = `FILTER (WHERE carried & ${bit} <> 0)`;
    const sums = `sum(times) ${has} AS times, min("first") ${has} AS "first", max("last") ${has} AS "last"`;
    return raw(`SELECT ${column} AS "column", (SELECT count(*) ${has} FROM people) AS people, ${sums} FROM kinds`);
  });
  return sql`
    WITH people AS (
      SELECT person, bit_or(carried) AS carried FROM (SELECT h.person, h.carried FROM ${hits}) GROUP BY person),
    kinds AS (
      SELECT carried, count(*) AS times, min(time) AS "first", max(time) AS "last"
      FROM (SELECT h.time, h.carried FROM ${hits}) GROUP BY carried),
    in_columns AS (${join(columns, ' UNION ALL ')}),
    in_others AS (
      SELECT property, count(DISTINCT person) AS people, count(*) AS times, min(time) AS "first", max(time) AS "last" FROM (
        SELECT h.person, h.time, unnest(map_keys(h.others)) AS property FROM ${hits} AND h.others IS NOT NULL) GROUP BY property)
    SELECT p.folded, c.people, c.times, c."first", c."last" FROM in_columns c
    JOIN ${tables.properties} p ON p."column" = c."column" AND p.site = ${site}
    WHERE c.times > 0
    UNION ALL
    SELECT p.folded, c.people, c.times, c."first", c."last" FROM in_others c
    JOIN ${tables.properties} p ON p.property = c.property AND p.site = ${site}`;
}
