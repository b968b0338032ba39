import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { PeopleQuestion } from '../../../protocol/reports.js';

/** Pages of people, sorted by a column with missing values first, or by the time when they were seen last; equal ones by number. */

/** A person may be a text: ClickHouse's numbers of people are too large for JavaScript. */
const position = z.strictObject({
  by: z.union([z.string(), z.number(), z.null()]),
  person: z.union([z.int(), z.string().regex(/^\d{1,20}$/)]),
});

/** The position of the last person of a page. */
export type Position = z.infer<typeof position>;

export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @returns undefined for a position that does not fit the question's sorting */
export function readPosition(after: string, { sort, columns = [] }: Sorted): Position | undefined {
  const column = sort && columns[sort.column];
  const isText = column?.show.endsWith('value');
  try {
    const read = position.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
    return read.by === null || typeof read.by === (isText ? 'string' : 'number') ? read : undefined;
  } catch {
    return undefined;
  }
}

type Sorted = Pick<PeopleQuestion, 'sort' | 'columns' | 'after'>;

const isDescending = ({ sort }: Sorted): boolean => !sort || sort.descending === true;

/** @param row alias of rows with `key` and `person` @param first what they are sorted by before that */
export function inSortedOrder(row: string, question: Sorted, first: string): Sql {
  return isDescending(question)
    ? raw(`ORDER BY ${first}, ${row}.key IS NULL, ${row}.key DESC, ${row}.person`)
    : raw(`ORDER BY ${first}, ${row}.key IS NOT NULL, ${row}.key, ${row}.person`);
}

/** Whether a row comes after the previous page; true if there is none. */
export function isBehind(row: string, question: Sorted): Sql {
  const before = question.after === undefined ? undefined : readPosition(question.after, question);
  if (!before) return raw('TRUE');
  const key = raw(`${row}.key`);
  const isLater = sql`${raw(row)}.person > ${before.person}`;
  const descends = isDescending(question);
  if (before.by === null) {
    const isAlike = sql`${key} IS NULL AND ${isLater}`;
    return descends ? isAlike : sql`(${key} IS NOT NULL OR (${isAlike}))`;
  }
  const isAlike = sql`${key} = ${before.by} AND ${isLater}`;
  return descends
    ? sql`(${key} < ${before.by} OR ${key} IS NULL OR (${isAlike}))`
    : sql`(${key} > ${before.by} OR (${isAlike}))`;
}
