import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type TrendQuestion } from '../../../protocol/reports.js';
import { periodsOf, type Period } from '../days.js';

/** The buckets of a trend's answer, and the periods in which its hits are counted. A weekday is made of several days. */

/** One bucket of the answer. */
export interface TrendBucket {
  /** The first day, or the name of the weekday. */
  start: string;
  /** The numbers of its periods. */
  periods: number[];
  isOpen: boolean;
}

/** The consecutive periods in which hits are counted. */
export const countedPeriods = ({ from, to, by }: TrendQuestion, timeZone: string): Period[] =>
  periodsOf(from, to, by === 'weekday' ? 'day' : by, timeZone);

/** How many buckets an answer has. */
export const bucketCount = (asked: TrendQuestion): number =>
  asked.by === 'weekday' ? WEEKDAYS.length : countedPeriods(asked, 'UTC').length;

/** @param asOf periods that end later are open, Unix seconds */
export function bucketsOf({ by }: TrendQuestion, periods: Period[], asOf: number): TrendBucket[] {
  if (by === 'weekday') return WEEKDAYS.map((name, index) => weekdayBucket(name, daysOf(index + 1, periods), asOf));
  return periods.map(({ start, until }, number) => ({ start, periods: [number], isOpen: until > asOf }));
}

type Day = Period & { number: number };

/** The days of a weekday in the range, without days that a time zone has skipped. @param weekday 1 is Monday */
const daysOf = (weekday: number, periods: Period[]): Day[] =>
  periods
    .map((period, number) => ({ ...period, number }))
    .filter(({ start, from, until }) => until > from && Temporal.PlainDate.from(start).dayOfWeek === weekday);

/** A day that is not over would make the average too small. So it counts only if no such weekday of the range is over. */
function weekdayBucket(name: string, days: Day[], asOf: number): TrendBucket {
  const over = days.filter(({ until }) => until <= asOf);
  const counted = over.length ? over : days.slice(0, 1);
  return { start: name, periods: counted.map(({ number }) => number), isOpen: over.length === 0 && days.length > 0 };
}
