import type { Range } from '../protocol/reports.js';
import { addDays, today, wholeDays } from './days.js';
import { daysBefore } from './presets.js';
import { timeZone } from './time-zone.js';
import type { View } from './view.js';

/** The days with which shown days are compared, or why there are none. Both depend on which hits of the site are there. */

let kept: number | undefined;

/** How many days the site's hits are kept; undefined: for ever. */
export const keptDays = (): number | undefined => kept;

export function setKeptDays(days: number | undefined): void {
  kept = days;
}

let first: string | undefined;

/** The day of the site's first hit; undefined if it is not known. */
export const firstDay = (): string | undefined => first;

export function setFirstDay(day: string): void {
  first = day;
}

/** The days of a range since the day of the first hit; all of them if none is later or the first day is not known. */
export const sinceFirstDay = ({ from, to }: Range): Range =>
  first !== undefined && from < first && first <= to ? { from: first, to } : { from, to };

/** The days that are over, and the days with which they are compared. */
export interface ComparedDays {
  over: Range;
  before: Range;
  /** All days are over. */
  isWhole: boolean;
}

/**
 * The days with which the shown days are compared. A day that has not ended is left out, and so is the day that it would be compared
 * with. Undefined if no day is over, or if not all hits of the days before are there, because they have been removed by their age or because
 * the site sent none yet: then it would seem as if fewer people had come.
 */
export function comparedDays({ from, to, preset }: Pick<View, 'from' | 'to' | 'preset'>): ComparedDays | undefined {
  const over = wholeDays({ from, to }, today(timeZone()));
  if (!over) return undefined;
  const isWhole = over.to === to;
  const before = daysBefore({ from, to }, over, preset);
  // The day of the first hit is not complete: the site began to send during that day.
  const isSent = first === undefined || before.from > first;
  return isKept(before) && isSent ? { over, before, isWhole } : undefined;
}

const isKept = ({ from }: Range): boolean => kept === undefined || from > addDays(today(timeZone()), -kept);

/**
 * Why shown days are not compared with the days before: no shown day has begun, the only one that has begun is today, hits of the
 * days before have been removed, or the site began to send during or after them.
 */
export function whyNotCompared(
  view: Pick<View, 'from' | 'to' | 'preset'>,
): 'future' | 'today' | 'removed' | 'not sent' | undefined {
  if (comparedDays(view)) return undefined;
  if (isFuture(view)) return 'future';
  const missing = missingDays(view);
  if (!missing) return 'today';
  return isKept(missing) ? 'not sent' : 'removed';
}

/** The days before that the shown days would be compared with, if all hits of these days were there; undefined if no shown day is over. */
export function missingDays(view: Pick<View, 'from' | 'to' | 'preset'>): Range | undefined {
  const over = wholeDays(view, today(timeZone()));
  return over && daysBefore(view, over, view.preset);
}

/** Whether none of the days has begun. */
export const isFuture = ({ from }: Pick<Range, 'from'>): boolean => from > today(timeZone());
