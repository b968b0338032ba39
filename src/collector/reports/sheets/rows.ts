/** What stands in a report's rows; texts may be a visitor's. */
export type SheetCell = string | number | null;

export type SheetRow = SheetCell[];

/** Unix seconds as `2026-01-31T12:00:00Z`. */
export function time(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Which people a row counts: those with a value, those without any, those of all other values. A value can be empty, or be any word, so it
 * cannot say that itself.
 */
export function groupOf(value: string | null): SheetRow {
  return value === null ? ['none', null] : ['value', value];
}
