import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import { COLUMN_VALUES, type PeopleQuestion } from '../../../protocol/reports.js';
import type { Dialect } from '../dialects.js';

/**
 * Pages of people, sorted by a column, or by the time when they were seen last; equal ones by the number of the person. Values that are
 * numbers are sorted as numbers and come before other texts, as in a spreadsheet; descending, the other way round. People without a value
 * come last either way.
 */

/** A person may be a text: ClickHouse's numbers of people are too large for JavaScript. */
const position = z.strictObject({
  number: z.number().nullable(),
  text: z.string().nullable(),
  person: z.union([z.int(), z.string().regex(/^\d{1,20}$/)]),
});

/** The position of the last person of a page. */
export type Position = z.infer<typeof position>;

export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @returns undefined for a text that is no position, or a position that does not fit the question's sorting */
export function readPosition(after: string, question: Sorted): Position | undefined {
  try {
    const read = position.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
    const fits = isText(question) ? read.text !== null || read.number === null : read.text === null;
    return fits ? read : undefined;
  } catch {
    return undefined;
  }
}

type Sorted = Pick<PeopleQuestion, 'sort' | 'columns' | 'after'>;

const isDescending = ({ sort }: Sorted): boolean => !sort || sort.descending === true;

function isText({ sort, columns = [] }: Sorted): boolean {
  return sort?.column !== undefined && COLUMN_VALUES[columns[sort.column]!.show] === 'text';
}

/** What people are sorted by: `number`, then `text`. @param key the value of the column or the time, an expression */
export function sortedBy(key: string, question: Sorted, dialect: Dialect): Sql {
  const [number, text] = isText(question) ? [dialect.number(raw(key)), raw(key)] : [raw(key), dialect.noText];
  return sql`${number} AS number, ${text} AS text`;
}

const isMissing = (row: string): Sql => raw(`(${row}.number IS NULL AND ${row}.text IS NULL)`);

/** @param row alias of rows with `number`, `text` and `person` @param first what they are sorted by before that */
export function inSortedOrder(row: string, question: Sorted, first: string): Sql {
  const order = isDescending(question)
    ? `${row}.number IS NOT NULL, ${row}.number DESC, ${row}.text DESC`
    : `${row}.number IS NULL, ${row}.number, ${row}.text`;
  return sql`ORDER BY ${raw(first)}, ${isMissing(row)}, ${raw(order)}, ${raw(row)}.person`;
}

/** Whether a row comes after the previous page; true if there is none. */
export function isBehind(row: string, question: Sorted): Sql {
  const before = question.after === undefined ? undefined : readPosition(question.after, question);
  if (!before) return raw('TRUE');
  const [number, text] = [raw(`${row}.number`), raw(`${row}.text`)];
  const isLater = sql`${raw(row)}.person > ${before.person}`;
  const missing = isMissing(row);
  if (before.number === null && before.text === null) return sql`(${missing} AND ${isLater})`;
  const descends = isDescending(question);
  const beyond = raw(descends ? '<' : '>');
  const ofSameNumber =
    before.text === null
      ? isLater
      : sql`(${text} ${beyond} ${before.text} OR (${text} = ${before.text} AND ${isLater}))`;
  if (before.number === null) {
    const isNumber = descends ? sql`${number} IS NOT NULL` : raw('FALSE');
    return sql`(${missing} OR ${isNumber} OR (${number} IS NULL AND ${ofSameNumber}))`;
  }
  const isNoNumber = descends ? missing : sql`${number} IS NULL`;
  return sql`(${isNoNumber} OR ${number} ${beyond} ${before.number} OR (${number} = ${before.number} AND ${ofSameNumber}))`;
}
