import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';

const PAGE = 4096;
/** Kinds of pages (https://www.sqlite.org/fileformat.html#b_tree_pages). */
const INNER = [2, 5];

/** The numbers of the leaf pages of a table or an index of a closed store, in their order. */
export function leavesOf(folder: string, name: string): number[] {
  const file = join(folder, 'kmq.db');
  const db = openDatabase(file);
  const row = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(name) as { rootpage: number };
  db.close();
  const bytes = readFileSync(file);
  const leaves = (number: number): number[] => {
    const page = bytes.subarray((number - 1) * PAGE, number * PAGE);
    if (!INNER.includes(page[0]!)) return [number];
    const cells = Array.from({ length: page.readUInt16BE(3) }, (_, n) => page.readUInt16BE(12 + 2 * n));
    return [...cells.map((cell) => page.readUInt32BE(cell)), page.readUInt32BE(8)].flatMap(leaves);
  };
  return leaves(row.rootpage);
}

/** Makes a page unreadable. */
export function destroyPage(folder: string, number: number): void {
  const file = join(folder, 'kmq.db');
  const bytes = readFileSync(file);
  bytes.fill(0xa5, (number - 1) * PAGE, number * PAGE);
  writeFileSync(file, bytes);
}
