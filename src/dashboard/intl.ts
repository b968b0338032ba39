/**
 * Formatters of `Intl`. Each is made when it is needed first, and kept: to make one takes up to milliseconds, and to use one takes
 * microseconds. So the first task of a page, before which nothing can be used, makes only those that it needs.
 */

const kept = new Map<string, unknown>();

function keptOf<F>(kind: string, options: object, make: () => F): F {
  const name = kind + JSON.stringify(options);
  const known = (kept.get(name) as F | undefined) ?? make();
  kept.set(name, known);
  return known;
}

export const numberFormat = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  keptOf('number', options, () => new Intl.NumberFormat(undefined, options));

/**
 * Reports count the months of the Gregorian calendar, and the fields for days show it: another calendar of the reader's language has
 * other months.
 * @param language without it, the reader's
 */
export const dateFormat = (options: Intl.DateTimeFormatOptions, language?: string): Intl.DateTimeFormat =>
  keptOf(`date ${language}`, options, () => new Intl.DateTimeFormat(language, { calendar: 'gregory', ...options }));

export const relativeFormat = (options: Intl.RelativeTimeFormatOptions): Intl.RelativeTimeFormat =>
  keptOf('relative', options, () => new Intl.RelativeTimeFormat(undefined, options));
