/**
 * Identities of nobody: programs send them when they know no identity. An alias with one would make one person of all visitors
 * who have it, for good (docs/reference.md#8.5), so it is refused. A site may have another list.
 */
export const PLACEHOLDERS: readonly string[] = [
  'anonymous',
  'guest',
  'user',
  'visitor',
  'unknown',
  'none',
  'null',
  'nil',
  'missing',
  'undefined',
  'nan',
  'false',
  'true',
  '0',
  '[object Object]',
];

/** A list of placeholders, prepared for lookups. */
export interface PlaceholderSet {
  folded: ReadonlySet<string>;
  /** How many characters the longest one has. */
  longest: number;
}

export function placeholderSet(list: readonly string[]): PlaceholderSet {
  const folded = new Set(list.map(fold));
  return { folded, longest: Math.max(0, ...Array.from(folded, ({ length }) => length)) };
}

/** Whether an identity is a placeholder. Case and surrounding spaces do not count. */
export function isPlaceholder(identity: string, { folded, longest }: PlaceholderSet): boolean {
  // Runs for every hit, so it is fast for ASCII, whose case folding is lower case: most identities are longer than any placeholder.
  const trimmed = identity.trim();
  if (BEYOND_ASCII.test(trimmed)) return folded.has(fold(identity));
  return trimmed.length <= longest && folded.has(trimmed.toLowerCase());
}

const BEYOND_ASCII = /[^\0-\x7f]/;

function fold(text: string): string {
  return text.normalize().trim().toUpperCase().toLowerCase();
}
