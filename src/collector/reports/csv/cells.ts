import { stringify } from 'csv-stringify/sync';

/** A cell: numbers stay numbers, and no text of a visitor's is a formula. */
export type CsvCell = string | number | null;

export type CsvRow = CsvCell[];

/** Excel takes a file for UTF-8 only where it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF';

/** Rows as RFC 4180 has them. @param isFirst whether the file begins with them */
export function csvText(rows: CsvRow[], isFirst: boolean): string {
  return (isFirst ? BYTE_ORDER_MARK : '') + stringify(rows, { record_delimiter: 'windows', escape_formulas: true });
}

/** Unix seconds as `2026-01-31T12:00:00Z`. */
export function csvTime(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Which people a row counts: those with a value, those without any, those of all other values. A value can be empty, or be any word, so it
 * cannot say that itself.
 */
export function groupOf(value: string | null): CsvRow {
  return value === null ? ['none', null] : ['value', value];
}
