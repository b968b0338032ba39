import type { Range } from '../protocol/reports.js';
import { isolated } from './bidi.js';
import { dateFormat, numberFormat } from './intl.js';
import { typedText } from './pasted.js';

/**
 * Formats numbers, days, durations and money in the reader's language. If it is written from right to left, the result is isolated: the
 * sentences of the pages are English.
 */

/** A number that is nearer to zero is a rounding error of a sum of decimals: 0.1 + 0.2 - 0.3 is not exactly 0. */
const NEXT_TO_NOTHING = 1e-9;

/** The text of a number, with a minus sign. The format of English and some other languages has a hyphen, at which a line may break. */
const written = (format: Intl.NumberFormat, value: number): string => format.format(value).replaceAll('-', '\u2212');

/** A number with so many decimals that it can be read: also a small one is not shown as 0, and a huge one has no invented digits. */
export const number = (value: number): string => written(numberFormat(digitsOf(value)), withoutRemainder(value));

/** 0 for a rounding error of a sum of decimals, else the number. */
export const withoutRemainder = (value: number): number => (Math.abs(value) > NEXT_TO_NOTHING ? value : 0);

/** A short form for axes: 1.2K. */
export const short = (value: number): string =>
  written(
    numberFormat(isSmall(value) || isHuge(value) ? digitsOf(value) : { notation: 'compact', maximumFractionDigits: 1 }),
    value,
  );

/** A number with all its digits, for the number in a condition. A power of ten stands for many zeros. */
export const exactly = (value: number): string =>
  written(
    numberFormat(
      value === 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21)
        ? { maximumFractionDigits: 20 }
        : { notation: 'scientific', maximumFractionDigits: 16 },
    ),
    value,
  );

const isSmall = (value: number): boolean => Math.abs(value) > NEXT_TO_NOTHING && Math.abs(value) < 1;

/** Beyond this, not even all integers are numbers of JavaScript. */
const isHuge = (value: number): boolean => Math.abs(value) > Number.MAX_SAFE_INTEGER;

const digitsOf = (value: number): Intl.NumberFormatOptions =>
  isSmall(value)
    ? { maximumSignificantDigits: 2 }
    : { maximumFractionDigits: 2, ...(isHuge(value) && { notation: 'scientific' }) };

/**
 * @param share usually from 0 to 1. Only exactly 0 is shown as 0%, and nothing below 1 as 100%
 * @param isFine with a decimal whatever the share is, for shares that are compared with each other
 */
export function percent(share: number, isFine = false): string {
  const digits = isFine || (share > 0 && share < 0.1) || (share > 0.99 && share < 1) ? 1 : 0;
  const format = numberFormat({ style: 'percent', maximumFractionDigits: digits });
  if (share > 0 && share < 0.0005) return `<${format.format(0.001)}`;
  if (share < 1 && share >= 0.9995) return `>${format.format(0.999)}`;
  return format.format(share);
}

/** `+12%`, the change from one number to another; undefined if the first is 0 or, as a sum may be, negative. */
export function change(before: number, now: number): string | undefined {
  if (before <= 0) return undefined;
  const share = now / before - 1;
  const digits = Math.abs(share) < 0.1 ? 1 : 0;
  const options = { style: 'percent', maximumFractionDigits: digits, signDisplay: 'exceptZero' } as const;
  return written(numberFormat(options), share);
}

/** An amount. @param currency `EUR`; without it no currency sign is shown */
export const money = (value: number, currency?: string): string =>
  isolated(
    written(
      numberFormat({
        ...(currency ? { style: 'currency', currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
        ...(isHuge(value) && { notation: 'scientific' }),
      }),
      value,
    ),
  );

/** “3 Nov”, for a calendar's day. */
export const shortDay = (day: string): string => formatDay({ day: 'numeric', month: 'short' }, day);

/** “Tue, 3 Nov 2026”. */
export const longDay = (day: string): string =>
  formatDay({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }, day);

/** “Nov”. */
export const month = (day: string): string => formatDay({ month: 'short' }, day);

/** “Nov 2026”. */
export const monthAndYear = (day: string): string => formatDay({ month: 'short', year: 'numeric' }, day);

/** “Tue”, “Tuesday”. @param day 1 is Monday */
export const weekday = (day: number, width: 'short' | 'long'): string =>
  // 1 January 2024 was a Monday.
  formatDay({ weekday: width }, `2024-01-0${day}`);

/** “3 Nov – 2 Dec 2026”, both included. */
export const days = (range: Range): string => formatDays({ day: 'numeric', month: 'short', year: 'numeric' }, range);

/** “3 Nov 2026”. */
export const fullDay = (day: string): string => days({ from: day, to: day });

/** “in 3 Nov – 2 Dec 2026”, “on 3 Nov 2026”. */
export const inDays = (range: Range): string => `${range.from === range.to ? 'on' : 'in'} ${days(range)}`;

/** “3 Nov – 2 Dec”, for places that show the year separately. */
export const shortDays = (range: Range): string => formatDays({ day: 'numeric', month: 'short' }, range);

/** “2 hr 5 min”: a duration in its two largest units. */
export function duration(seconds: number): string {
  const units = { day: 86_400, hour: 3600, minute: 60, second: 1 };
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || (unit === 'second' && !parts.length))
      parts.push(numberFormat({ style: 'unit', unit, unitDisplay: 'short' }).format(count));
  }
  return isolated(parts.slice(0, 2).join(' '));
}

/**
 * Makes formatters that every page needs, while the page waits for the collector. The first ones of a page take tens of
 * milliseconds, by which its first answer would be shown later. Each is made in a separate task, so that none blocks the page for long.
 */
export function prepareFormats(): void {
  const first = [() => number(0), () => shortDay('2024-01-01'), () => percent(0), () => days(ONE_DAY)];
  const next = (): void => {
    first.shift()?.();
    if (first.length) setTimeout(next);
  };
  setTimeout(next);
}

const ONE_DAY: Range = { from: '2024-01-01', to: '2024-01-01' };

const atNoon = (day: string): Date => new Date(`${day}T12:00:00Z`);

/** A format for calendar days, which have no time zone. */
const calendar = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  dateFormat({ ...options, timeZone: 'UTC' });

const formatDay = (options: Intl.DateTimeFormatOptions, day: string): string =>
  isolated(calendar(options).format(atNoon(day)));

const formatDays = (options: Intl.DateTimeFormatOptions, { from, to }: Range): string =>
  isolated(calendar(options).formatRange(atNoon(from), atNoon(to)));

const decimalSign = (): string =>
  numberFormat({})
    .formatToParts(0.5)
    .find(({ type }) => type === 'decimal')!.value;

/** A number for a field, as `plainNumber` reads it: 0.125 of a German reader is `0,125`, since `0.125` is 125. */
export const typedNumber = (value: number): string => String(value).replace('.', decimalSign());

/**
 * A number that the reader has typed with the digits and the decimal sign of their language, as JavaScript writes it. Groups of
 * three digits are read only with the sign of the language, or with spaces: `1.500` of a German reader is 1500, and not 1.5.
 */
export function plainNumber(typed: string): string {
  const digits = [...numberFormat({ useGrouping: false }).format(9_876_543_210)].reverse();
  const parts = numberFormat({}).formatToParts(12_345.5);
  const decimal = decimalSign();
  const group = parts.find(({ type }) => type === 'group')?.value;
  const isGroup = (letter: string): boolean => letter === group || /\s/.test(letter);
  const plain = (letter: string): string =>
    digits.includes(letter) ? String(digits.indexOf(letter)) : letter === '\u2212' ? '-' : letter;
  const letters = [...typedText(typed).trim()].map(plain);
  const inGroups = letters.map((letter) => (isGroup(letter) ? '_' : letter === decimal ? '.' : letter)).join('');
  if (/^[+-]?\d{1,3}(_\d{3})+(\.\d*)?$/.test(inGroups)) return inGroups.replaceAll('_', '');
  return letters.map((letter) => (letter === decimal ? '.' : letter)).join('');
}
