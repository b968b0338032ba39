import type { Bucket, PeopleColumn, Range, TrendQuestion } from '../../protocol/reports.js';
import { addDays } from '../days.js';
import { reportAddress } from '../view.js';

/**
 * The address of the people behind a number. Where hits or values are counted, the list says how many each person has, the largest
 * first.
 * @param days the days that the number is about; undefined if they do not follow one another
 */
export function peopleBehind(
  cell: string,
  { event, where, count, property }: TrendQuestion,
  days: Range | undefined,
): string {
  if (count === 'people' || !days) return reportAddress('/people', { cell });
  const step = { event, ...(where && { where }) };
  const column: PeopleColumn =
    count === 'times' ? { ...step, show: 'times' } : { ...step, property: property!, show: count };
  const { from, to } = days;
  return reportAddress('/people', {
    cell,
    columns: JSON.stringify([column]),
    counted: JSON.stringify({ from, to }),
    sort: '0down',
  });
}

/** The days of each bucket. @param to the last day of all */
export function daysOfBuckets(rows: Bucket[], by: TrendQuestion['by'], to: string): (Range | undefined)[] {
  if (by === 'weekday') return rows.map(() => undefined);
  return rows.map(({ start }, index) => {
    const next = rows[index + 1];
    return { from: start, to: next ? addDays(next.start, -1) : to };
  });
}
