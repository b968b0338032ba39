import sql, { raw, type Sql } from 'sql-template-tag';
import {
  FIRST_DAY,
  LAST_DAY,
  type Asked,
  type ChannelSplit,
  type PropertySplit,
  type Range,
  type Split,
} from '../../../protocol/reports.js';
import { firstOrLast, isCustomerId, propertyIn } from './properties.js';
import type { Row, Scope } from './report.js';
import { visibleHits, withinDays } from './visible-hits.js';
import { channelsOfPeople } from './visits.js';

/** Splits an answer by the values of a property or by channels: people without a value, the largest values, and all other values together. */

/** How many values are listed. */
export const LARGEST = 50;

/** The listed values, plus people without a value, plus all other values. */
export const SERIES = LARGEST + 2;

/** The place of people without a value. The listed values have the places 1 to 50. */
export const WITHOUT = 0;
export const REST = LARGEST + 1;

/**
 * The value of a property in a row of hits, after the transform; null if the hit does not have it. `Customer ID` is the name of
 * the row's identity.
 * @param row alias of a table with the columns of `visibleHits`
 */
export function valueIn(row: string, split: Pick<PropertySplit, 'property' | 'transform'>, scope: Scope): Sql {
  return transformed(propertyIn(row, split.property, scope), split, scope);
}

/**
 * Gives each row its value by the attribution of the split.
 * @param rows a query with at least `person`; for `last touch` also with `time` and `identity` of the counted hit
 * @returns a query with all of its columns and `value`
 */
export function withValue(rows: Sql, split: Split, asked: Asked & Range, scope: Scope): Sql {
  if ('source' in split)
    return sql`WITH split_rows AS (${rows})
      SELECT r.*, v.value AS value FROM split_rows r LEFT JOIN (${channels(split, asked, scope)}) v ON v.person = r.person`;
  const { property, attribution } = split;
  if (isCustomerId(property) && attribution === 'last touch') {
    return sql`SELECT r.*, ${transformed(raw('n.name'), split, scope)} AS value
      FROM (${rows}) r LEFT JOIN ${namesOf(scope)} n ON n.identity = r.identity`;
  }
  const values = attribution === 'last touch' ? touches(property, asked, scope) : chosen(split, asked, scope);
  const value = transformed(raw('v.value'), split, scope);
  // A touch must not be later than the hit; within the same second the order does not matter.
  const join =
    attribution === 'last touch'
      ? sql`ASOF LEFT JOIN (${values}) v ON v.person = r.person AND r.time >= v.time`
      : sql`LEFT JOIN (${values}) v ON v.person = r.person`;
  return sql`WITH split_rows AS (${rows}) SELECT r.*, ${value} AS value FROM split_rows r ${join}`;
}

/** The channel of each person among `split_rows` who has a visit. */
function channels({ attribution }: ChannelSplit, asked: Asked & Range, scope: Scope): Sql {
  const { from, to } = attribution === 'first in range' ? asked : { from: FIRST_DAY, to: LAST_DAY };
  const people = sql`SELECT person FROM split_rows`;
  return channelsOfPeople({ hits: visibleHits(asked, scope), people, from, to }, scope);
}

/** The identities of the site with their names. */
function namesOf({ site, tables }: Scope): Sql {
  return sql`(SELECT identity, name FROM ${tables.identities} WHERE site = ${site})`;
}

/** The first or last value of each person among `split_rows`. */
function chosen({ property, attribution }: PropertySplit, asked: Asked & Range, scope: Scope): Sql {
  const value = isCustomerId(property) ? raw('h.identity') : propertyIn('h', property, scope);
  const within = attribution.endsWith('in range') ? withinDays('h', asked, scope) : raw('TRUE');
  const which = attribution.startsWith('first') ? 'first' : 'last';
  const values = sql`
    SELECT h.person, ${firstOrLast(which, value, 'h', scope)} AS value FROM ${visibleHits(asked, scope)} h
    WHERE ${value} IS NOT NULL AND ${within} AND h.person IN (SELECT person FROM split_rows) GROUP BY h.person`;
  if (!isCustomerId(property)) return values;
  return sql`SELECT c.person AS person, n.name AS value FROM (${values}) c JOIN ${namesOf(scope)} n ON n.identity = c.value`;
}

/** The value of each second in which a person among `split_rows` had one. */
function touches(property: string, asked: Asked & Range, scope: Scope): Sql {
  const value = propertyIn('h', property, scope);
  const before = withinDays('h', { to: asked.to }, scope);
  return sql`
    SELECT h.person, h.time, ${scope.dialect.lastBy(value, raw('h.hit'))} AS value FROM ${visibleHits(asked, scope)} h
    WHERE ${value} IS NOT NULL AND ${before} AND h.person IN (SELECT person FROM split_rows) GROUP BY h.person, h.time`;
}

function transformed(value: Sql, { transform }: Pick<PropertySplit, 'transform'>, { dialect }: Scope): Sql {
  return transform === undefined ? value : dialect[transform](value);
}

/**
 * Gives each row its place: WITHOUT, 1 to LARGEST by the total of its value (ties by the value, in the order of code points), or
 * REST.
 * @param rows a query with a column `value`
 * @param total an aggregate over columns of the rows
 * @returns a query with all of its columns, but `value` is null in REST, and `place`
 */
export function inPlaces(rows: Sql, total: Sql): Sql {
  return sql`
    WITH valued AS (${rows}),
    totals AS (SELECT value, ${total} AS total FROM valued WHERE value IS NOT NULL GROUP BY value),
    largest AS (
      SELECT value, row_number() OVER (ORDER BY total DESC NULLS LAST, value) AS place
      FROM totals ORDER BY place LIMIT ${raw(String(LARGEST))})
    SELECT r.* REPLACE (l.value AS value),
      CASE WHEN r.value IS NULL THEN ${raw(String(WITHOUT))} ELSE coalesce(l.place, ${raw(String(REST))}) END AS place
    FROM valued r LEFT JOIN largest l ON l.value = r.value`;
}

/**
 * Rows with `place` and `value` as parts of an answer, in order of their places.
 * @param toPart makes a part from the rows of one place; the value is undefined for all other values
 */
export function partsOf<P>(
  rows: Row[],
  toPart: (rows: Row[], value: string | null | undefined) => P,
): { split: (P & { value: string | null })[]; rest?: P } {
  const parts = Map.groupBy(rows, ({ place }) => place as number);
  const rest = parts.get(REST);
  parts.delete(REST);
  const split = [...parts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, part]) => {
      const value = part[0]!.value as string | null;
      return { value, ...toPart(part, value) };
    });
  return rest ? { split, rest: toPart(rest, undefined) } : { split };
}
