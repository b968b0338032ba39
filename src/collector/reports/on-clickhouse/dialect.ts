import sql, { join, raw, type Sql } from 'sql-template-tag';
import { foldedTextIn } from '../../store/clickhouse/letters.js';
import { VALUE_COLUMNS } from '../../store/clickhouse/report-tables.js';
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

/** A pattern as a literal, in which a backslash is written twice. */
const quoted = (pattern: string): Sql => raw(`'${pattern.replaceAll('\\', '\\\\')}'`);

const TEXTS: TextFunctions = {
  // ClickHouse's `extract` returns the group of a pattern that has one.
  extract: (value, pattern) => sql`extract(${value}, ${quoted(pattern)})`,
  contains: (value, part) => sql`position(${value}, ${quoted(part)}) > 0`,
  replaced: (value, pattern, by) =>
    sql`replaceRegexpOne(${value}, ${quoted(pattern)}, ${quoted(by === 'group 1' ? '\\1' : '')})`,
  lower: (value) => sql`lowerUTF8(${value})`,
};

/** A frame of all rows of the partition. The default frame of a window function ends at the current row. */
const ALL_ROWS = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';

/** ClickHouse, from 24.8 on, with the settings of `QUESTION_SETTINGS`. */
export const CLICKHOUSE: Dialect = {
  repeatsTables: true,
  lists: {
    // Pieces do not overlap, so both lists have the same order.
    series: (pieces, { pause, from, until }) => sql`
      SELECT person, all_begins[1] AS first, if(length(all_begins) > 1, all_begins[2], NULL) AS next,
        arrayFilter(begin -> begin < ${until}, all_begins) AS begins
      FROM (
        SELECT person, arrayFilter((time, ended) -> time >= ${from} AND time - ended > ${raw(String(pause))}, times,
          arrayPushFront(arrayPopBack(ends), toInt64(0))) AS all_begins
        FROM (SELECT person, arraySort(groupArray(time)) AS times, arraySort(groupArray(ended)) AS ends FROM (${pieces}) GROUP BY person))
      WHERE all_begins[1] > 0 AND all_begins[1] < ${until}`,
    each: (list) => sql`arrayJoin(arrayPushFront(${list}, toInt64(-1)))`,
  },
  values: ['stored_event', ...VALUE_COLUMNS],
  noEvent: '',
  noText: raw('CAST(NULL AS Nullable(String))'),
  age: 'began',
  isEvent: (row, event) => sql`${raw(row)}.stored_event = ${event} AND ${raw(row)}.event = ${event}`,
  identityName: (row) => raw(`${row}.identity_name`),
  // One number instead of a tuple, which is faster.
  order: (row) => raw(`(bitShiftLeft(toUInt128(${row}.time), 64) + ${row}.hit)`),
  firstBy: (value, by) => sql`argMin(${value}, ${by})`,
  lastBy: (value, by) => sql`argMax(${value}, ${by})`,
  list: (value, by, where) =>
    sql`arrayMap(pair -> pair.2, arraySort(${raw(where ? 'groupArrayIf' : 'groupArray')}((${by}, ${value})${where ? sql`, ${where}` : raw('')})))`,
  lag: (value, { by, order, without }) =>
    sql`lagInFrame(${value}, 1, toInt64(${raw(String(without))})) OVER (PARTITION BY ${by} ORDER BY ${order} ${raw(ALL_ROWS)})`,
  lead: (value, ahead, { by, order }) =>
    sql`leadInFrame(toNullable(${value}), ${raw(String(ahead))}) OVER (PARTITION BY ${by} ORDER BY ${order} ${raw(ALL_ROWS)})`,
  sum: (number) => finite(sql`sumKahan(${number})`),
  median: (number) => sql`quantileExactInclusive(0.5)(${number})`,
  quotient: (number, by) => sql`intDiv(${number}, ${raw(String(by))})`,
  number: (value) =>
    sql`CASE WHEN match(${value}, ${quoted(`^(${NUMBER})$`)})
      THEN ${finite(sql`toFloat64OrNull(replaceRegexpAll(${value}, ${quoted('[ \\t\\n\\v\\f\\r]')}, ''))`)} END`,
  // An array is never null: the array of letters of a null would be empty.
  fold: (value) => sql`if(isNull(${value}), NULL, ${inText(value, foldedTextIn)})`,
  contains: (value, part) => sql`position(${value}, ${part}) > 0`,
  begins: (value, part) => sql`startsWith(${value}, ${part})`,
  ends: (value, part) => sql`endsWith(${value}, ${part})`,
  matches: (value, pattern) => sql`match(${value}, ${pattern})`,
  lower: TEXTS.lower,
  path: (value) => pathIn(value, TEXTS),
  page: (value) => sql`CASE WHEN match(${value}, ${quoted(TRACKED)})
    THEN concat(extract(${value}, ${quoted(BEFORE_QUERY)}), replaceRegexpOne(
        replaceRegexpAll(concat('&', extract(${value}, ${quoted(QUERY)})), ${quoted(TRACKING_PARAMETER)}, ''), '^&', '?'),
      extract(${value}, ${quoted(FRAGMENT)}))
    ELSE ${value} END`,
  domain: (value) => domainIn(value, TEXTS),
  origin: (value) => sql`nullIf(extract(${value}, ${quoted(ORIGIN)}), '')`,
  carried: (hits) => {
    const names = VALUE_COLUMNS.map((column) => `mapKeys(h.${column})`);
    return sql`SELECT folded, uniqExact(person) AS people, count() AS times, min(time) AS "first", max(time) AS "last" FROM (
        SELECT h.person AS person, h.time AS time, arrayJoin(arrayConcat(${raw(names.join(', '))})) AS folded FROM ${hits})
      GROUP BY folded`;
  },
};

function finite(number: Sql): Sql {
  return sql`CASE WHEN isFinite(${number}) THEN ${number} END`;
}

/** Inserts SQL with values into SQL that a function makes as text. */
function inText(value: Sql, make: (text: string) => string): Sql {
  const pieces = make('\0').split('\0');
  return join(
    pieces.flatMap((piece, index) => (index ? [value, raw(piece)] : [raw(piece)])),
    '',
  );
}
