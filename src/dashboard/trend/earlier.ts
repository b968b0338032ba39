import type { Bucket, Range, TrendQuestion } from '../../protocol/reports.js';
import { addDays, daysIn } from '../days.js';
import { beginsBucket, daysOfBuckets } from './labels.js';

interface Rows extends Pick<Range, 'to'> {
  rows: Bucket[];
}

/**
 * For each bucket the number of the bucket of the days before with which it is compared; undefined if there is none. Two ranges of
 * as many days may be cut into weeks or months differently: two days of December must not stand beside the whole of March.
 * @param over the days that are over
 */
export function earlierBuckets(over: Rows, before: Rows, by: TrendQuestion['by']): (number | undefined)[] {
  if (by === 'weekday') return over.rows.map((_, index) => index);
  // Weeks and months are paired from the last on, days from the first on: a month may have fewer days than the next one.
  const shift = by === 'day' ? 0 : before.rows.length - over.rows.length;
  const [days, daysBefore] = [over, before].map(({ rows, to }) => daysOfBuckets(rows, by, to));
  return over.rows.map((_, index) => {
    const [one, other] = [days![index], daysBefore![index + shift]];
    return one && other && areAlike(one, other, by) ? index + shift : undefined;
  });
}

/** Whether both have as many days, or are whole months. */
const areAlike = (one: Range, other: Range, by: TrendQuestion['by']): boolean =>
  daysIn(one) === daysIn(other) ||
  [one, other].every(({ from, to }) => beginsBucket(from, by) && beginsBucket(addDays(to, 1), by));
