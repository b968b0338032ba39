/** What is no object in the place of properties counts as none, a function among it (docs/reference.md#2.3). */
export function asProperties(value: unknown): Record<string, unknown> {
  return value && typeof value == 'object' ? (value as Record<string, unknown>) : {};
}
