import sql, { raw, type Sql } from 'sql-template-tag';
import { foldText } from '../../../protocol/fold.js';
import { CUSTOMER_ID, type HitTest, type PropertyTest, type Step } from '../../../protocol/reports.js';
import { foldName } from '../../../protocol/text.js';
import type { Scope } from './report.js';

/** Properties of one hit, and tests of them. `row` is the alias of a table with the columns of `visibleHits`. */

const FOLDED_CUSTOMER_ID = foldName(CUSTOMER_ID);

/** Whether this is the pseudo-property `Customer ID`. A site's own property of this name cannot be used in questions. */
export const isCustomerId = (property: string): boolean => foldName(property) === FOLDED_CUSTOMER_ID;

/** The value of a property, null if the hit does not have it; for `Customer ID` the name of the hit's identity. */
export function propertyIn(row: string, property: string, scope: Scope): Sql {
  if (isCustomerId(property)) {
    return scope.dialect.identityName(row, scope);
  }
  return scope.property(row, property) ?? scope.dialect.noText;
}

/** An aggregate over hits: the first or the last value that is not null. @param row the alias of the hits */
export function firstOrLast(which: 'first' | 'last', value: Sql, row: string, { dialect }: Scope): Sql {
  return (which === 'first' ? dialect.firstBy : dialect.lastBy)(value, dialect.order(row));
}

/** Whether a hit is of a step; undefined if the site has no such event. */
export function isStep(row: string, { event, where = [] }: Step, scope: Scope): Sql | undefined {
  const code = scope.eventCode(event);
  if (code === undefined) return undefined;
  const tests = where.map((test) => sql` AND ${passes(row, test, scope)}`);
  return tests.reduce((all, test) => sql`${all}${test}`, scope.dialect.isEvent(row, code));
}

/** Whether a hit passes a test; null is possible, and means no. */
export function passes(row: string, test: HitTest, scope: Scope): Sql {
  if ('not' in test) return sql`NOT coalesce(${passes(row, test.not, scope)}, FALSE)`;
  if (!isCustomerId(test.property)) return satisfies(propertyIn(row, test.property, scope), test, scope);
  return sql`${raw(row)}.identity IN (
    SELECT i.identity FROM ${scope.tables.identities} i WHERE i.site = ${scope.site} AND ${satisfies(raw('i.name'), test, scope)})`;
}

/** Whether a value passes a test. @param value null if there is none */
export function satisfies(value: Sql, test: PropertyTest, { dialect }: Scope): Sql {
  if ('is' in test) {
    if (test.is === 'empty') return sql`${value} = ''`;
    return test.is === 'any' ? sql`${value} IS NOT NULL` : sql`${value} IS NULL`;
  }
  if ('equals' in test) return sql`${value} = ${test.equals}`;
  if ('contains' in test) return dialect.contains(dialect.fold(value), foldText(test.contains));
  if ('begins' in test) return dialect.begins(dialect.fold(value), foldText(test.begins));
  if ('ends' in test) return dialect.ends(dialect.fold(value), foldText(test.ends));
  if ('greater' in test) return sql`${dialect.number(value)} > ${test.greater}`;
  return sql`${dialect.number(value)} < ${test.less}`;
}
