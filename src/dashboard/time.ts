import { timeZone } from './format.js';

/** Formats times in the site's time zone, so that a hit has the same time on every page. */

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A format, cached by name: to create one costs more than to format a hundred times. The time zone is known before a page is
 * shown.
 */
export function formatOf(name: string, options: Intl.DateTimeFormatOptions, language?: string): Intl.DateTimeFormat {
  const known = formats.get(name) ?? new Intl.DateTimeFormat(language, { ...options, timeZone: timeZone() });
  formats.set(name, known);
  return known;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** “14:05:09” */
export const timeOfDay = (seconds: number): string =>
  formatOf('time', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(seconds * 1000);

/** “Tue, 3 Nov 2026” */
export const day = (seconds: number): string =>
  formatOf('short day', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(seconds * 1000);

/** “Nov 3, 2026, 14:05:09” */
export const moment = (seconds: number): string =>
  formatOf('moment', { dateStyle: 'medium', timeStyle: 'medium' }).format(seconds * 1000);

/** “3 November 2026 at 14:05:09 UTC” */
export const dateAndTime = (seconds: number): string =>
  formatOf('full', { dateStyle: 'long', timeStyle: 'long' }).format(seconds * 1000);

/** “3 minutes ago”. */
export function ago(seconds: number): string {
  const past = seconds - Date.now() / 1000;
  const step = STEPS.find(([, size]) => Math.abs(past) >= size);
  return step ? relative.format(Math.trunc(past / step[1]), step[0]) : 'just now';
}
