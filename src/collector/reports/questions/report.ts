import type { Sql } from 'sql-template-tag';
import type { z } from 'zod';
import type { ReportKind, Reports } from '../../../protocol/reports.js';
import type { Dialect } from '../dialects.js';
import type { SiteTables } from '../tables.js';

/** A value in a row of a query; a list has values of one type. */
export type Value = string | number | boolean | null | Value[];

export type Row = Record<string, Value>;

/**
 * What is known of the site that a question is put to. Names fold case: whoever looks one up need not fold it. A name that the site
 * has not sent is undefined, and nobody did it, or has a value of it.
 */
export interface Scope extends SiteTables {
  /** IANA name. */
  timeZone: string;
  /** Hosts that are the site, with all below them. */
  domains: readonly string[];
  /** Up to when hits are in the answer, Unix seconds. */
  asOf: number;
  /** Whether there are merges that are not in the rows of hits yet. */
  hasMerges: boolean;
  /** An event as rows of hits have it. */
  eventCode: (name: string) => number | string | undefined;
  /** The value of a property in a row of hits, null where it has none. @param row the alias of the row */
  property: (row: string, name: string) => Sql | undefined;
  /**
   * What stands for a set of people that several queries of a question need, so that an engine may find it once.
   * @param people a query with one column `person` @returns another one for the same people
   */
  keep: (people: Sql) => Sql;
  dialect: Dialect;
}

/** Queries by the names under which their rows are given to `toAnswer`. All of them see the same state of the data. */
export type Queries = Record<string, Sql>;

export type Rows<Q extends Queries = Queries> = { [name in keyof Q]: Row[] };

/** Everything that there is to say of one kind of report: pure functions, from a question to SQL and from rows to the answer. */
export interface Report<K extends ReportKind> {
  question: z.ZodType<Reports[K]['question']>;
  answer: z.ZodType<Reports[K]['answer']>;
  queries: (question: Reports[K]['question'], scope: Scope) => Queries;
  /** The answer without the members that all answers have: `asOf`, `excluded`, `before`. */
  toAnswer: (
    rows: Rows,
    question: Reports[K]['question'],
    scope: Scope,
  ) => Omit<Reports[K]['answer'], 'asOf' | 'excluded' | 'before'>;
  /** The schema of a place: which number of the answer a cell is. Reports without it have no cells. */
  place?: z.ZodType;
  /**
   * The people behind a number.
   * @param place which number it is, as `toAnswer` has put it into the cell, and `place` has read it
   * @returns a query with one column `person`, each once
   */
  peopleOf?: (question: Reports[K]['question'], place: unknown, scope: Scope) => Sql;
}
