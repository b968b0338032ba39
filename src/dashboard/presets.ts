import type { Range } from '../protocol/reports.js';
import { addDays, daysIn, today, weekdayOf } from './days.js';
import { timeZone } from './time-zone.js';

/**
 * Ranges of days with a name. The address of a report has the name, so these days change with the calendar: whoever opens the address
 * next week sees the last week of then.
 */

/** Whole weeks, so that each day is compared with the same day of the week; and the month. */
export const LATEST = { '7': '7 days', '28': '28 days', '91': '91 days', month: 'This month' } as const;

/** Other days of the calendar. Weeks begin on Monday, as in all reports. */
export const CALENDAR = {
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'This week',
  'last-week': 'Last week',
  'last-month': 'Last month',
} as const;

export const NAMES = { ...LATEST, ...CALENDAR };

export type Preset = keyof typeof NAMES;

export const isPreset = (name: string): name is Preset => Object.hasOwn(NAMES, name);

const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;
const monday = (day: string): string => addDays(day, 1 - weekdayOf(day));

/** The days of a preset. Today is included, unless the name says something else. */
export function rangeOf(preset: Preset, to = today(timeZone())): Range {
  const ended = (last: string, firstOf: (day: string) => string): Range => ({ from: firstOf(last), to: last });
  switch (preset) {
    case 'today':
      return { from: to, to };
    case 'yesterday':
      return ended(addDays(to, -1), (day) => day);
    case 'week':
      return { from: monday(to), to };
    case 'last-week':
      return ended(addDays(monday(to), -1), monday);
    case 'month':
      return { from: firstOfMonth(to), to };
    case 'last-month':
      return ended(addDays(firstOfMonth(to), -1), firstOfMonth);
    default:
      return { from: addDays(to, 1 - Number(preset)), to };
  }
}

/**
 * The days with which days are compared: as many days directly before; for a week the same days of the week before, for a month the
 * same days of the month before, if it has them. The number of days is always the same: more days have more people.
 * @param over the days of the range that are over
 */
export function daysBefore({ from, to }: Range, over: Range, preset: Preset | undefined): Range {
  if (preset === 'month' || preset === 'last-month') {
    const last = addDays(from, -1);
    const first = firstOfMonth(last);
    const day = addDays(first, daysIn(over) - 1);
    return day <= last ? { from: first, to: day } : { from: addDays(last, 1 - daysIn(over)), to: last };
  }
  const back = preset === 'week' ? -7 : -daysIn({ from, to });
  return { from: addDays(over.from, back), to: addDays(over.to, back) };
}
