/** A cell in a report's rows. A text may come from a visitor. */
export type SheetCell = string | number | null;

export type SheetRow = SheetCell[];

/** Unix seconds as `2026-01-31T12:00:00Z`. */
export function time(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Two columns: which people a row counts (those with a value, without a value, or with any other value), and the value. The first
 * column is necessary, since a value can be any text.
 */
export function groupOf(value: string | null): SheetRow {
  return value === null ? ['none', null] : ['value', value];
}
