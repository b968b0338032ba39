import { foldText } from '../../../protocol/fold.js';
import type { Database } from '../sqlite/database.js';

/** The rules by which identities are folded: letters that a Unicode has only given a case yet fold from then on. */
export const FOLDING = `1, Unicode ${process.versions.unicode}`;

/** In SQL, the latest identity that the index has; none, where it was made by other rules. */
export const INDEXED = `(SELECT CASE folding WHEN '${FOLDING}' THEN identity ELSE 0 END FROM indexed)`;

/** An identity as the index of trigrams has it: FTS5 reads a NUL as the end. */
export function foldedForIndex(identity: string): string {
  return foldText(identity).replaceAll('\0', ' ');
}

/**
 * A condition, true for identities that contain what its one parameter is, which has been folded. What is ASCII, as most
 * identities are, is folded by SQLite itself, three times as fast. It counts letters up to a NUL, and folds no further.
 */
export const CONTAINS = `
  instr(CASE WHEN length(identity) = octet_length(identity) THEN lower(identity) ELSE fold_text(identity) END, ?)`;

/** Makes CONTAINS known to a connection. */
export function addFolding(db: Database): void {
  db.function('fold_text', { deterministic: true }, (text) => foldText(text as string));
}
