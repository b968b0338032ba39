import sql, { raw, type Sql } from 'sql-template-tag';
import type { PropertyPlace } from './questions/report.js';

/** What the engines of reports say differently. Everything else in the questions is SQL that all of them know. */
export interface Dialect {
  /** The value of a property in a row of hits, null where the hit has none. @param row the alias of the row */
  property: (row: string, place: PropertyPlace) => Sql;
}

export const DUCKDB: Dialect = {
  property: (row, { code, column }) =>
    column === undefined ? sql`${raw(`${row}.others`)}[${code}]` : raw(`${row}.c${column}`),
};
