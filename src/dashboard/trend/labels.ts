import type { Bucket, Range, TrendQuestion } from '../../protocol/reports.js';
import { addDays, weekdayOf } from '../days.js';
import { days, longDay, monthAndYear, shortDay, shortDays, weekday } from '../format.js';

/** Names of buckets, short for an axis and in full. The range may cut the first and the last week or month. */

export function labelsOf(rows: Bucket[], by: TrendQuestion['by']): string[] {
  if (by === 'weekday') return rows.map((_, index) => weekday(index + 1, 'short'));
  return rows.map(({ start }) => (by === 'month' ? monthAndYear(start) : shortDay(start)));
}

/** @param to the last day of all */
export function longLabelsOf(rows: Bucket[], by: TrendQuestion['by'], to: string): string[] {
  if (by === 'weekday') return rows.map((_, index) => weekday(index + 1, 'long'));
  if (by === 'day') return rows.map(({ start }) => longDay(start));
  return daysOfBuckets(rows, by, to).map((range) => days(range!));
}

/**
 * Sentences about the first and the last bucket if the range cuts them: they have fewer days than the others. The last bucket is
 * left out if it has not ended: another sentence says so.
 */
export function cutInWords(rows: Bucket[], { by, to }: Pick<TrendQuestion, 'by' | 'to'>): string {
  if (by === 'day' || by === 'weekday' || rows.length < 2) return '';
  const only = (which: string, range: Range): string => `Of the ${which} ${by} only ${shortDays(range)} is counted. `;
  const [first, second, last] = [rows[0]!.start, rows[1]!.start, rows.at(-1)!.start];
  return (
    (beginsBucket(first, by) ? '' : only('first', { from: first, to: addDays(second, -1) })) +
    (rows.at(-1)!.open || beginsBucket(addDays(to, 1), by) ? '' : only('last', { from: last, to }))
  );
}

/** Whether a week or month begins on a day. */
export const beginsBucket = (day: string, by: TrendQuestion['by']): boolean =>
  by === 'month' ? day.endsWith('-01') : weekdayOf(day) === 1;

/** The days of each bucket. @param to the last day of all */
export function daysOfBuckets(rows: Bucket[], by: TrendQuestion['by'], to: string): (Range | undefined)[] {
  if (by === 'weekday') return rows.map(() => undefined);
  return rows.map(({ start }, index) => {
    const next = rows[index + 1];
    return { from: start, to: next ? addDays(next.start, -1) : to };
  });
}
