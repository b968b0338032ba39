/**
 * Identities that are nobody's: what a page sends that has no identity to send. An alias would make one person of all
 * who get one of them, for good (reference section 8.5), so there is none; a site may have another list.
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

/** A list of placeholders as it is looked up. */
export function placeholderSet(list: readonly string[]): ReadonlySet<string> {
  return new Set(list.map(fold));
}

/** Whether an identity is one of them: neither case nor spaces around make a placeholder somebody's. */
export function isPlaceholder(identity: string, placeholders: ReadonlySet<string>): boolean {
  // Asked with every hit, and most identities are ASCII, of which this is the whole fold.
  const lower = identity.trim().toLowerCase();
  return placeholders.has(lower) || (BEYOND_ASCII.test(lower) && placeholders.has(fold(identity)));
}

const BEYOND_ASCII = /[^\0-\x7f]/;

function fold(text: string): string {
  return text.normalize().trim().toUpperCase().toLowerCase();
}
