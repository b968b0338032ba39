import { addDays, today } from '../days.js';
import { timeZone } from '../time-zone.js';
import { formatOf } from '../time.js';

/** Days in the time zone of the site. */

/** “14:05” */
export const minuteOfDay = (seconds: number): string =>
  formatOf({ hour: '2-digit', minute: '2-digit' }).format(seconds * 1000);

/** “Tuesday, 3 November 2026” */
export const dayInWords = (seconds: number): string =>
  formatOf({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(seconds * 1000);

/** The day as reports write it, `2026-01-31`. */
export const dayOf = (seconds: number): string => today(timeZone(), seconds * 1000);

const QUARTER = 900;
const DAY = 86_400;

/**
 * The first second of a day. It is searched in quarters of an hour, by which clocks change.
 * @param guess when it probably begins: then most days need no search
 */
export function startOfDay(day: string, guess?: number): number {
  if (guess !== undefined && dayOf(guess) === day && dayOf(guess - 1) < day) return guess;
  const noon = Date.parse(`${day}T12:00:00Z`) / 1000;
  // Time zones are up to 14 hours ahead of UTC and 12 behind.
  let [before, first] = [noon - 27 * 3600, noon + DAY];
  while (first - before > QUARTER) {
    const middle = before + Math.floor((first - before) / 2 / QUARTER) * QUARTER;
    if (dayOf(middle) >= day) first = middle;
    else before = middle;
  }
  return first;
}

/** How many of these times, oldest first, are in each day of a range. It computes one date per day, not per time. */
export function countByDay(times: readonly number[], first: string, last: string): { day: string; count: number }[] {
  const days: { day: string; count: number }[] = [];
  let begin = startOfDay(first);
  let at = firstAtOrAfter(times, begin);
  for (let day = first; day <= last;) {
    const following = addDays(day, 1);
    begin = startOfDay(following, begin + DAY);
    const end = firstAtOrAfter(times, begin);
    days.push({ day, count: end - at });
    [at, day] = [end, following];
  }
  return days;
}

function firstAtOrAfter(times: readonly number[], seconds: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
