import sql, { raw, type Sql } from 'sql-template-tag';
import type { Period } from '../days.js';
import type { Scope } from './report.js';

/** Consecutive periods of equal length. */
interface Run {
  /** The beginning of its first period, and below, the number of that period. */
  from: number;
  first: number;
  /** The length of each period, in seconds. */
  length: number;
}

/**
 * The number of the period, from 0, that contains a time. Days have the same length except when clocks change, so a few comparisons
 * and a division are enough.
 * @param row the alias of rows with times in the periods
 */
export function bucketOf(row: string, periods: Period[], { dialect }: Scope): Sql {
  const time = raw(`${row}.time`);
  const runs = runsOf(periods);
  const last = runs.pop();
  if (!last) return raw('0');
  const numberIn = ({ from, first, length }: Run): Sql =>
    sql`${raw(String(first))} + ${dialect.quotient(sql`${time} - ${raw(String(from))}`, length)}`;
  if (runs.length === 0) return numberIn(last);
  const ends = [...runs.slice(1), last].map(({ from }) => from);
  const cases = runs.map((run, index) => sql` WHEN ${time} < ${raw(String(ends[index]))} THEN ${numberIn(run)}`);
  return sql`CASE ${cases.reduce((all, one) => sql`${all}${one}`)} ELSE ${numberIn(last)} END`;
}

function runsOf(periods: Period[]): Run[] {
  const runs: Run[] = [];
  let isApart = false;
  for (const [number, { from, until }] of periods.entries()) {
    const length = until - from;
    // A time zone has skipped this day: it has no hits and a length of 0, by which one cannot divide.
    if (length === 0) isApart = true;
    else if (isApart || runs.at(-1)?.length !== length) {
      runs.push({ from, first: number, length });
      isApart = false;
    }
  }
  return runs;
}
