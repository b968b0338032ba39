import { isolated } from './bidi.js';
import { now } from './clock.js';
import { dateFormat, relativeFormat } from './intl.js';
import { timeZone } from './time-zone.js';

/** Formats times in the site's time zone, so that a hit has the same time on every page. */

/** A format in the time zone of the site, which is known before a page is shown. */
export const formatOf = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  dateFormat({ ...options, timeZone: timeZone() });

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** “14:05:09” */
export const timeOfDay = (seconds: number): string =>
  isolated(formatOf({ hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(seconds * 1000));

/** “Tue, 3 Nov 2026” */
export const day = (seconds: number): string =>
  isolated(formatOf({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(seconds * 1000));

/** “3 Nov 2026, 14:05:09” */
export const moment = (seconds: number): string =>
  isolated(formatOf({ dateStyle: 'medium', timeStyle: 'medium' }).format(seconds * 1000));

/** “3 November 2026 at 14:05:09 UTC” */
export const dateAndTime = (seconds: number): string =>
  isolated(formatOf({ dateStyle: 'long', timeStyle: 'long' }).format(seconds * 1000));

/** “3 minutes ago”. */
export function ago(seconds: number): string {
  const past = seconds - now() / 1000;
  const step = STEPS.find(([, size]) => Math.abs(past) >= size);
  if (!step) return 'just now';
  return isolated(relativeFormat({ numeric: 'auto' }).format(Math.trunc(past / step[1]), step[0]));
}
