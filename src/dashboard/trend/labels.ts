import type { Bucket, TrendQuestion } from '../../protocol/reports.js';
import { days, longDay, shortDay, weekday } from '../format.js';
import { daysOfBuckets } from './people-behind.js';

/** Names of buckets, short for an axis and in full. The range may cut the first and the last week or month. */

const month = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' });

export function labelsOf(rows: Bucket[], by: TrendQuestion['by']): string[] {
  if (by === 'weekday') return rows.map((_, index) => weekday(index + 1, 'short'));
  return rows.map(({ start }) => (by === 'month' ? month.format(new Date(`${start}T12:00:00Z`)) : shortDay(start)));
}

/** @param to the last day of all */
export function longLabelsOf(rows: Bucket[], by: TrendQuestion['by'], to: string): string[] {
  if (by === 'weekday') return rows.map((_, index) => weekday(index + 1, 'long'));
  if (by === 'day') return rows.map(({ start }) => longDay(start));
  return daysOfBuckets(rows, by, to).map((range) => days(range!));
}
