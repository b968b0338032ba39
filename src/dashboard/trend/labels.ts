import type { TrendQuestion } from '../../protocol/reports.js';
import { addDays } from '../days.js';
import { days, longDay, shortDay } from '../format.js';

/** Names of buckets, short for an axis and in full. The range may cut the first and the last week or month. */

const month = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' });

export const labelsOf = (starts: string[], by: TrendQuestion['by']): string[] =>
  starts.map((start) => (by === 'month' ? month.format(new Date(`${start}T12:00:00Z`)) : shortDay(start)));

export const longLabelsOf = (starts: string[], by: TrendQuestion['by'], to: string): string[] =>
  starts.map((start, index) => {
    if (by === 'day') return longDay(start);
    const next = starts[index + 1];
    return days({ from: start, to: next ? addDays(next, -1) : to });
  });
