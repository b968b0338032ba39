/** Properties as given. A function, or anything that is not an object, counts as no properties (docs/reference.md#2.3). */
export function asProperties(value: unknown): Record<string, unknown> {
  return value && typeof value == 'object' ? (value as Record<string, unknown>) : {};
}
