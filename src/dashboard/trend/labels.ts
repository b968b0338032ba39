import type { Range, TrendQuestion } from '../../protocol/reports.js';
import { addDays } from '../days.js';
import { days, longDay, shortDay, shortDays } from '../format.js';

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

/**
 * Sentences about the first and the last bucket if the range cuts them: they have fewer days than the others. The last bucket is
 * left out if it has not ended, which is said elsewhere.
 */
export function cutInWords(starts: string[], { by, to }: Range & Pick<TrendQuestion, 'by'>, isOpen: boolean): string {
  if (by === 'day' || starts.length < 2) return '';
  const begins = (day: string): boolean =>
    by === 'month' ? day.endsWith('-01') : new Date(`${day}T12:00:00Z`).getUTCDay() === 1;
  const only = (which: string, range: Range): string => `Of the ${which} ${by} only ${shortDays(range)} is counted. `;
  const [first, second, last] = [starts[0]!, starts[1]!, starts.at(-1)!];
  return (
    (begins(first) ? '' : only('first', { from: first, to: addDays(second, -1) })) +
    (isOpen || begins(addDays(to, 1)) ? '' : only('last', { from: last, to }))
  );
}
