import type { TrendQuestion, TrendSeries } from '../../../protocol/reports.js';
import type { Row } from './report.js';
import type { TrendBucket } from './trend-buckets.js';
import { ALL } from './trend-counting.js';

/** The numbers of one bucket of a trend, or of several together. */
interface Numbers {
  /** How many people, hits or numbers. */
  amount: number;
  /** The sum of the numbers. */
  added: number;
}

const NOTHING: Numbers = { amount: 0, added: 0 };

/**
 * Rows of the queries as a series, with zero for buckets without a row. @param cell returns the cell of the bucket that begins on
 * a day
 */
export function seriesIn(
  rows: Row[],
  buckets: TrendBucket[],
  { count, by }: TrendQuestion,
  cell: (start: string) => string,
): TrendSeries {
  const numbers = new Map(rows.map(({ bucket, amount, added }) => [bucket, { amount, added: added ?? 0 } as Numbers]));
  const inAll = numbers.get(ALL) ?? sumOf([...numbers.values()]);
  const valueOf = ({ periods }: TrendBucket): number | null => {
    const counted = metric(sumOf(periods.map((period) => numbers.get(period) ?? NOTHING)), count);
    if (by !== 'weekday' || count === 'average' || counted === null) return counted;
    return periods.length === 0 ? null : counted / periods.length;
  };
  return {
    total: metric(inAll, count),
    rows: buckets.map((bucket) => ({
      start: bucket.start,
      value: valueOf(bucket),
      ...(bucket.isOpen && { open: true as const }),
      cell: cell(bucket.start),
    })),
  };
}

function sumOf(all: Numbers[]): Numbers {
  return all.reduce((sum, one) => ({ amount: sum.amount + one.amount, added: sum.added + one.added }), NOTHING);
}

function metric({ amount, added }: Numbers, count: TrendQuestion['count']): number | null {
  switch (count) {
    case 'people':
    case 'times':
      return amount;
    case 'sum':
      return added;
    case 'average':
      return amount === 0 ? null : added / amount;
  }
}
