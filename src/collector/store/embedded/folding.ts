import { foldText } from '../../../protocol/fold.js';
import type { Database } from '../sqlite/database.js';

/**
 * The version of the rules by which identities are folded. A new version of Unicode may give a letter a case that it did not have.
 */
export const FOLDING = `1, Unicode ${process.versions.unicode}`;

/** SQL for the latest identity in the index; 0 if the index was made by other rules. */
export const INDEXED = `(SELECT CASE folding WHEN '${FOLDING}' THEN identity ELSE 0 END FROM indexed)`;

/** An identity as it is in the index of trigrams. FTS5 takes a NUL for the end of the text. */
export function foldedForIndex(identity: string): string {
  return foldText(identity).replaceAll('\0', ' ');
}

/**
 * A condition for identities that contain the text of its one parameter, which is folded already. SQLite itself folds ASCII,
 * as most identities are, three times as fast. But it stops at a NUL, and so does its `length`: then the two lengths differ.
 */
export const CONTAINS = `
  instr(CASE WHEN length(identity) = octet_length(identity) THEN lower(identity) ELSE fold_text(identity) END, ?)`;

/** Adds the SQL functions of CONTAINS to a connection. */
export function addFolding(db: Database): void {
  db.function('fold_text', { deterministic: true }, (text) => foldText(text as string));
}
