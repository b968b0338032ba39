import { Temporal } from 'temporal-polyfill';

/** The days of a time zone as Unix seconds. Days may have 23 or 25 hours, and may begin at one o'clock. */

/** One bucket of a range. */
export interface Period {
  /** The first of its days that is in the range, `2026-01-31`. */
  start: string;
  /** Unix seconds, included. */
  from: number;
  /** Unix seconds, not included. */
  until: number;
}

export type Unit = 'day' | 'week' | 'month';

/** Unix seconds at which a day begins in a time zone. */
export function startOfDay(day: string, timeZone: string): number {
  return secondsOf(Temporal.PlainDate.from(day), timeZone);
}

/** Unix seconds at which the next day begins: the end of this day, not included. */
export function endOfDay(day: string, timeZone: string): number {
  return secondsOf(Temporal.PlainDate.from(day).add({ days: 1 }), timeZone);
}

/** The day of a time zone in which a time is. */
export function dayOf(seconds: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString();
}

/**
 * The days, weeks or months of a range, clipped to it; weeks begin on Monday.
 * @param from first day
 * @param to last day
 */
export function periodsOf(from: string, to: string, unit: Unit, timeZone: string): Period[] {
  const last = Temporal.PlainDate.from(to);
  const periods: Period[] = [];
  for (let start = Temporal.PlainDate.from(from); Temporal.PlainDate.compare(start, last) <= 0;) {
    const following = nextStart(start, unit);
    const end = Temporal.PlainDate.compare(following, last) > 0 ? last.add({ days: 1 }) : following;
    periods.push({ start: start.toString(), from: secondsOf(start, timeZone), until: secondsOf(end, timeZone) });
    start = following;
  }
  return periods;
}

/** The range before: as many days, directly before this range. */
export function rangeBefore({ from, to }: { from: string; to: string }): { from: string; to: string } {
  const first = Temporal.PlainDate.from(from);
  const { days } = first.until(Temporal.PlainDate.from(to), { largestUnit: 'day' });
  return { from: first.subtract({ days: days + 1 }).toString(), to: first.subtract({ days: 1 }).toString() };
}

/** How many days a range has, first and last included; 0 or less if it ends before it begins. */
export function daysIn({ from, to }: { from: string; to: string }): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'day' }).days + 1;
}

/** Whether a text is a day of the calendar as reports write it. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    return Boolean(Temporal.PlainDate.from(text));
  } catch {
    return false;
  }
}

function nextStart(start: Temporal.PlainDate, unit: Unit): Temporal.PlainDate {
  if (unit === 'day') return start.add({ days: 1 });
  if (unit === 'week') return start.add({ days: 8 - start.dayOfWeek });
  return start.with({ day: 1 }).add({ months: 1 });
}

function secondsOf(day: Temporal.PlainDate, timeZone: string): number {
  return Math.floor(day.toZonedDateTime(timeZone).epochMilliseconds / 1000);
}
