import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Split, TrendQuestion } from '../../../protocol/reports.js';
import type { Period } from '../days.js';
import { bucketOf } from './buckets.js';
import { countedHits } from './counted-hits.js';
import { isStep, propertyIn } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits, withinDays } from './visible-hits.js';
import { inPlaces, withValue } from './splits.js';
import { countedPeriods } from './trend-buckets.js';

/**
 * The queries of a trend. Their rows have `bucket`, `amount` and `added`, and with a split also `place` and `value`. `amount` is
 * the number of people, hits or numbers. `added` is the sum of the numbers; `skipped` values are not numbers.
 */

/** The number of the bucket for the whole range, if buckets cannot be added up. */
export const ALL = -1;

/**
 * The range is divided into so many parts, and people are counted in one part after the other: their sets then fit into the
 * processor's cache, so that many hits take half of the time.
 */
const MOST_SETS = 30;

/** Whether the values of a property are added. */
export const addsNumbers = ({ count }: Pick<TrendQuestion, 'count'>): boolean => count === 'sum' || count === 'average';

/** The numbers of everybody. */
export function countsOfAll(asked: TrendQuestion, scope: Scope): Sql {
  const periods = countedPeriods(asked, scope.timeZone);
  if (asked.count === 'people' && asked.filter && scope.dialect.repeatsTables) {
    // Removing repeated people from each bucket before counting would take 50 % longer.
    const rows = sql`SELECT h.person, ${bucketOf('h', periods, scope)} AS bucket FROM ${countedHits(asked, scope)} h
      WHERE ${isStep('h', asked, scope) ?? raw('FALSE')} AND ${withinDays('h', asked, scope)}`;
    return countedIn(rows, asked, scope);
  }
  if (asked.count !== 'people' || asked.filter)
    return countedIn(peopleOnce(bucketedRows(asked, scope), asked), asked, scope);
  const hits = visibleHits(asked, scope);
  const isIt = isStep('h', asked, scope) ?? raw('FALSE');
  const people = raw('count(DISTINCT h.person) AS amount, 0 AS added');
  const inSet = (set: Period[], first: number): Sql => sql`
    SELECT ${raw(String(first))} + ${bucketOf('h', set, scope)} AS bucket, ${people} FROM ${hits} h
    WHERE ${isIt} AND h.time >= ${set[0]!.from} AND h.time < ${set.at(-1)!.until} GROUP BY bucket`;
  // If each part would read the tables again, that takes longer than it saves.
  const size = scope.dialect.repeatsTables ? periods.length : Math.ceil(periods.length / MOST_SETS);
  const sets = Array.from({ length: Math.ceil(periods.length / size) }, (_, set) =>
    inSet(periods.slice(set * size, (set + 1) * size), set * size),
  );
  const all = sql`
    SELECT ${raw(String(ALL))} AS bucket, ${people} FROM ${hits} h WHERE ${isIt} AND ${withinDays('h', asked, scope)}`;
  return join([all, ...sets], ' UNION ALL ');
}

/** How many people did it in the range. */
export function peopleOfAll(asked: TrendQuestion, scope: Scope): Sql {
  return sql`SELECT count(DISTINCT h.person) AS people FROM ${countedHits(asked, scope)} h
    WHERE ${isStep('h', asked, scope) ?? raw('FALSE')} AND ${withinDays('h', asked, scope)}`;
}

/** The numbers of each value of the split. */
export function countsOfParts(asked: TrendQuestion, split: Split, scope: Scope): Sql {
  return countedIn(placedRows(asked, split, scope), asked, scope, true);
}

/**
 * The counted rows: one for each hit, with the number of its bucket. If people are counted, one for each bucket of a person, except
 * for last touch, which needs each hit. `number` is added up; it is null if the hit has no value, or if the value is not a number.
 */
export function bucketedRows(asked: TrendQuestion, scope: Scope): Sql {
  const bucket = bucketOf('h', countedPeriods(asked, scope.timeZone), scope);
  const isCounted = sql`${isStep('h', asked, scope) ?? raw('FALSE')} AND ${withinDays('h', asked, scope)}`;
  const hits = countedHits(asked, scope);
  if (asked.count === 'people' && asked.split?.attribution !== 'last touch') {
    return sql`SELECT DISTINCT h.person, ${bucket} AS bucket FROM ${hits} h WHERE ${isCounted}`;
  }
  const added = addsNumbers(asked) ? propertyIn('h', asked.property!, scope) : undefined;
  const number = added
    ? sql`${scope.dialect.number(added)} AS number, ${added} IS NOT NULL AS has_value`
    : raw('NULL AS number');
  return sql`SELECT h.person, h.time, h.identity, ${bucket} AS bucket, ${number} FROM ${hits} h WHERE ${isCounted}`;
}

/** The same with the value of each row, and its place among the values of the split. */
export function placedRows(asked: TrendQuestion, split: Split, scope: Scope): Sql {
  const rows = withValue(bucketedRows(asked, scope), split, asked, scope);
  if (asked.count !== 'people') return inPlaces(rows, totalOf(asked, scope));
  // With last touch a person can have several values, and several of them may be among the other values.
  const once = split.attribution === 'last touch' ? sql`SELECT DISTINCT person, bucket, value FROM (${rows})` : rows;
  const places = inPlaces(once, totalOf(asked, scope));
  return split.attribution === 'last touch'
    ? sql`SELECT DISTINCT person, bucket, value, place FROM (${places})`
    : places;
}

/** If people are counted, one row for each bucket of a person: for last touch, `bucketedRows` has one for each hit. */
function peopleOnce(rows: Sql, { count, split }: TrendQuestion): Sql {
  return count === 'people' && split?.attribution === 'last touch'
    ? sql`SELECT DISTINCT person, bucket FROM (${rows})`
    : rows;
}

/** An aggregate: the metric over all buckets. */
function totalOf({ count }: TrendQuestion, { dialect }: Scope): Sql {
  const sum = dialect.sum(raw('number'));
  switch (count) {
    case 'people':
      return raw('count(DISTINCT person)');
    case 'times':
      return raw('count(*)');
    case 'sum':
      return sql`coalesce(${sum}, 0)`;
    case 'average':
      return sql`${sum} / nullif(count(number), 0)`;
  }
}

/** The numbers of each bucket, and of all together if they cannot be added up. */
function countedIn(rows: Sql, asked: TrendQuestion, { dialect }: Scope, isSplit = false): Sql {
  const place = raw(isSplit ? 'place, any_value(value) AS value,' : '');
  const byPlace = raw(isSplit ? 'place,' : '');
  if (asked.count === 'people' && dialect.repeatsTables) {
    // A table that is named twice would be computed twice, with all that it reads.
    return sql`SELECT ${place}
        CASE WHEN grouping(part) = 1 THEN ${raw(String(ALL))} ELSE part END AS bucket,
        count(DISTINCT person) AS amount, 0 AS added
      FROM (SELECT ${raw(isSplit ? 'place, value,' : '')} person, bucket AS part FROM (${rows}))
      GROUP BY GROUPING SETS ((${byPlace} part), (${raw(isSplit ? 'place' : '')}))`;
  }
  if (asked.count === 'people') {
    return sql`WITH counted AS (${rows})
      SELECT ${place} bucket, count(*) AS amount, 0 AS added FROM counted GROUP BY ${byPlace} bucket
      UNION ALL
      SELECT ${place} ${raw(String(ALL))}, count(DISTINCT person), 0 FROM counted ${raw(isSplit ? 'GROUP BY place' : '')}`;
  }
  const amount = raw(addsNumbers(asked) ? 'count(number)' : 'count(*)');
  const added = addsNumbers(asked)
    ? sql`${dialect.sum(raw('number'))} AS added, count(*) FILTER (WHERE has_value AND number IS NULL) AS skipped`
    : raw('0 AS added');
  return sql`SELECT ${place} bucket, ${amount} AS amount, ${added} FROM (${rows}) GROUP BY ${byPlace} bucket`;
}
