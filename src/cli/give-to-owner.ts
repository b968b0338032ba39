import { lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Run by root, a command that writes to a data folder gives the files that it has made to the owner of the folder: the collector could
 * not write to root's files, and would not start. Call it when the store is open. (SQLite gives files that it makes later to the owner
 * of the database.) The command itself stays root, since it may have to read files of root.
 */
export function giveToOwner(folder: string): void {
  const { uid, gid } = statSync(folder);
  if (process.geteuid?.() !== 0 || uid === 0) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const found = lstatSync(file);
    // A file with a second hard link may be a file of the system.
    if (found.isFile() && found.uid === 0 && found.nlink === 1) lchownSync(file, uid, gid);
  }
}
