import sql, { type Sql } from 'sql-template-tag';
import type { Asked, Range, Split } from '../../../protocol/reports.js';
import type { Row, Scope } from './report.js';

/** Rows of an answer by the value of a property: those without a value apart, the largest values, and all others together. */

/** How many values have a row of their own. */
export const LARGEST = 50;

/** The place of people without a value; the values have 1 to 50. */
export const WITHOUT = 0;
export const REST = LARGEST + 1;

/**
 * The value of a property in a row of hits, after the transform; null where the hit does not carry it. `Customer ID` is the name of
 * the row's identity.
 * @param row alias of a table with the columns of `visibleHits`
 */
export function valueIn(row: string, split: Pick<Split, 'property' | 'transform'>, scope: Scope): Sql {
  throw new Error(`${row} ${split.property} ${scope.site}`);
}

/**
 * Gives each row its value by the attribution of the split.
 * @param rows a query with at least `person`; for `last touch` with `time` and `identity` of the hit that is counted as well
 * @returns a query with all of its columns and `value`
 */
export function withValue(rows: Sql, split: Split, asked: Asked & Range, scope: Scope): Sql {
  return sql`${rows} ${split} ${asked} ${scope}`;
}

/**
 * Gives each row its place: WITHOUT, 1 to LARGEST by the total of its value (ties by the value, in the order of code points), or REST.
 * @param rows a query with a column `value`
 * @param total an aggregate over columns of the rows
 * @returns a query with all of its columns, but `value` is null in REST, and `place`
 */
export function inPlaces(rows: Sql, total: Sql): Sql {
  return sql`${rows} ${total}`;
}

/** Rows with `place` and `value` as parts of an answer, in order of their places. @param toPart of the rows of one place */
export function partsOf<P>(
  rows: Row[],
  toPart: (rows: Row[], value: string | null | undefined) => P,
): { split: (P & { value: string | null })[]; rest?: P } {
  const parts = new Map<number, Row[]>();
  for (const row of rows) {
    const place = row.place as number;
    if (!parts.has(place)) parts.set(place, []);
    parts.get(place)!.push(row);
  }
  const places = [...parts.keys()].sort((a, b) => a - b).filter((place) => place !== REST);
  const split = places.map((place) => {
    const value = parts.get(place)![0]!.value as string | null;
    return { value, ...toPart(parts.get(place)!, value) };
  });
  const rest = parts.get(REST);
  return rest ? { split, rest: toPart(rest, undefined) } : { split };
}
