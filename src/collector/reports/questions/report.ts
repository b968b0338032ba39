import type { Sql } from 'sql-template-tag';
import type { z } from 'zod';
import type { ReportKind, Reports } from '../../../protocol/reports.js';
import type { Dialect } from '../dialects.js';
import type { SiteTables } from '../tables.js';

/** A value in a row of a query; a list has values of one type. */
export type Value = string | number | boolean | null | Value[];

export type Row = Record<string, Value>;

/**
 * The site that a question is about. Names are looked up without regard to case. If a lookup returns undefined, the site has not
 * sent the name: nobody did that event, or has that property. In ClickHouse a lookup always returns something.
 */
export interface Scope extends SiteTables {
  /** IANA name. */
  timeZone: string;
  /** Hosts of the site, which include their subdomains. */
  domains: readonly string[];
  /** The answer contains the hits up to this time, Unix seconds. */
  asOf: number;
  /** Whether there are merges that are not written into the rows of hits yet. */
  hasMerges: boolean;
  /** The value of the column `event` for an event. */
  eventCode: (name: string) => number | string | undefined;
  /** The value of a property in a row of hits, null if it has none. @param row the alias of the row */
  property: (row: string, name: string) => Sql | undefined;
  /**
   * Replaces a query for people that several queries of a question need, so that an engine may compute it once.
   * @param people a query with one column `person` @returns another query for the same people
   */
  keep: (people: Sql) => Sql;
  dialect: Dialect;
}

/** Queries, by the names under which `toAnswer` gets their rows. See `Run` for the state of the data that they see. */
export type Queries = Record<string, Sql>;

export type Rows<Q extends Queries = Queries> = { [name in keyof Q]: Row[] };

/** One kind of report: pure functions from a question to SQL, and from rows to the answer. */
export interface Report<K extends ReportKind> {
  question: z.ZodType<Reports[K]['question']>;
  answer: z.ZodType<Reports[K]['answer']>;
  queries: (question: Reports[K]['question'], scope: Scope) => Queries;
  /** More queries, which need the rows of the first ones. */
  details?: (rows: Rows, question: Reports[K]['question'], scope: Scope) => Queries;
  /** The answer without the members that all answers have: `asOf`, `excluded`, `before`. */
  toAnswer: (
    rows: Rows,
    question: Reports[K]['question'],
    scope: Scope,
  ) => Omit<Reports[K]['answer'], 'asOf' | 'excluded' | 'before'>;
  /** The schema of a place, which tells to which number of the answer a cell belongs. Reports without it have no cells. */
  place?: z.ZodType;
  /**
   * The people behind a number.
   * @param place which number it is: put into the cell by `toAnswer`, and validated by `place`
   * @returns a query with one column `person`, each person once
   */
  peopleOf?: (question: Reports[K]['question'], place: unknown, scope: Scope) => Sql;
}
