import type { Range } from '../protocol/reports.js';
import { now } from './clock.js';
import { dateFormat } from './intl.js';

/** Calendar days, `2026-01-31`, without a time zone. */

const DAY_MS = 86_400_000;

const msOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** Whether a text is a day of the calendar. Chromium reads 31 February as 3 March. */
export const isDay = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(msOf(text)) && addDays(text, 0) === text;

export const addDays = (day: string, count: number): string =>
  new Date(msOf(day) + count * DAY_MS).toISOString().slice(0, 10);

/** 1 is Monday. */
export const weekdayOf = (day: string): number => new Date(msOf(day)).getUTCDay() || 7;

/** How many days a range has, both included. */
export const daysIn = ({ from, to }: Range): number => (msOf(to) - msOf(from)) / DAY_MS + 1;

/** The days of a range that are over; undefined if there are none. */
export function wholeDays({ from, to }: Range, today: string): Range | undefined {
  const last = to < today ? to : addDays(today, -1);
  return daysIn({ from, to: last }) < 1 ? undefined : { from, to: last };
}

/** Today in a time zone. */
export function today(timeZone: string, time = now()): string {
  const parts = dateFormat({ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }, 'en');
  const { year, month, day } = Object.fromEntries(parts.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}`;
}
