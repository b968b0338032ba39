import type { Range } from '../protocol/reports.js';

/** Formats numbers, days, durations and money in the reader's language. */

/** The time zone of the site, in which reports count days. */
let zone = 'UTC';

export function setTimeZone(timeZone: string): void {
  zone = timeZone;
}

export const timeZone = (): string => zone;

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

export const number = (value: number): string => plain.format(value);

/** A short form for axes: 1.2K. */
export const short = (value: number): string => compact.format(value);

/**
 * @param share from 0 to 1. Only exactly 0 is shown as 0%, and only exactly 1 as 100%
 * @param isFine with a decimal whatever the share is, for shares that are compared with each other
 */
export function percent(share: number, isFine = false): string {
  const digits = isFine || (share > 0 && share < 0.1) || (share > 0.99 && share < 1) ? 1 : 0;
  const words = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: digits });
  if (share > 0 && share < 0.0005) return `<${words.format(0.001)}`;
  if (share < 1 && share >= 0.9995) return `>${words.format(0.999)}`;
  return words.format(share);
}

/** `+12%`, the change from one number to another; undefined if the first is 0. */
export function change(before: number, now: number): string | undefined {
  if (before === 0) return undefined;
  const share = now / before - 1;
  const digits = Math.abs(share) < 0.1 ? 1 : 0;
  return new Intl.NumberFormat(undefined, {
    style: 'percent',
    maximumFractionDigits: digits,
    signDisplay: 'exceptZero',
  }).format(share);
}

/** An amount. @param currency `EUR`; without it no currency sign is shown */
export const money = (value: number, currency?: string): string =>
  new Intl.NumberFormat(
    undefined,
    currency ? { style: 'currency', currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  ).format(value);

/** “3 Nov”, for a calendar's day. */
export const shortDay = (day: string): string => calendar({ day: 'numeric', month: 'short' }).format(atNoon(day));

/** “Tue, 3 Nov 2026”. */
export const longDay = (day: string): string =>
  calendar({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(atNoon(day));

/** “3 Nov – 2 Dec 2026”, both included. */
export const days = ({ from, to }: Range): string =>
  calendar({ day: 'numeric', month: 'short', year: 'numeric' }).formatRange(atNoon(from), atNoon(to));

/** “3 Nov – 2 Dec”, for places that show the year separately. */
export const shortDays = ({ from, to }: Range): string =>
  calendar({ day: 'numeric', month: 'short' }).formatRange(atNoon(from), atNoon(to));

/** “2 hr 5 min”: a duration in its two largest units. */
export function duration(seconds: number): string {
  const units = { day: 86_400, hour: 3600, minute: 60, second: 1 };
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || (unit === 'second' && !parts.length))
      parts.push(new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'short' }).format(count));
  }
  return parts.slice(0, 2).join(' ');
}

const atNoon = (day: string): Date => new Date(`${day}T12:00:00Z`);

const formats = new Map<string, Intl.DateTimeFormat>();

/** A format for calendar days, which have no time zone. */
function calendar(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = JSON.stringify(options);
  const known = formats.get(name) ?? new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' });
  formats.set(name, known);
  return known;
}
