/** Anything in the place of properties that is not an object, or is a function, counts as no properties (docs/reference.md#2.3). */
export function asProperties(value: unknown): Record<string, unknown> {
  return value && typeof value == 'object' ? (value as Record<string, unknown>) : {};
}
