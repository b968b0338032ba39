import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inDatabase } from './store-files.js';

const PAGE = 4096;
/** Kinds of pages (https://www.sqlite.org/fileformat.html#b_tree_pages). */
const INNER = [2, 5];
const LEAF_OF_TABLE = 13;

/** The numbers of the leaf pages of a table or an index of a closed store, in their order. */
export function leavesOf(folder: string, name: string): number[] {
  const root = rootOf(folder, name);
  const bytes = readFileSync(join(folder, 'kmq.db'));
  const leaves = (number: number): number[] => {
    const page = bytes.subarray((number - 1) * PAGE, number * PAGE);
    if (!INNER.includes(page[0]!)) return [number];
    const cells = Array.from({ length: page.readUInt16BE(3) }, (_, n) => page.readUInt16BE(12 + 2 * n));
    return [...cells.map((cell) => page.readUInt32BE(cell)), page.readUInt32BE(8)].flatMap(leaves);
  };
  return leaves(root);
}

/** Makes a leaf page of a table or an index of a closed store unreadable. @param choose the page, of all leaf pages */
export function destroyLeaf(folder: string, name: string, choose: (leaves: number[]) => number): void {
  const leaves = leavesOf(folder, name);
  // With fewer, the page would be most of the table.
  expect(leaves.length).toBeGreaterThan(2);
  destroyPage(folder, choose(leaves));
}

export const middle = (pages: number[]): number => pages[Math.floor(pages.length / 2)]!;

/** The number of the root page of a table or an index. */
export const rootOf = (folder: string, name: string): number =>
  inDatabase(
    folder,
    (db) => db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(name) as { rootpage: number },
  ).rootpage;

/** Makes the pages with rows unreadable that contain one of the texts. @returns how many pages */
export function destroyRows(folder: string, texts: string[]): number {
  const bytes = readFileSync(join(folder, 'kmq.db'));
  const numbers = Array.from({ length: bytes.length / PAGE - 1 }, (_, index) => index + 2).filter((number) => {
    const page = bytes.subarray((number - 1) * PAGE, number * PAGE);
    return page[0] === LEAF_OF_TABLE && texts.some((text) => page.includes(text));
  });
  for (const number of numbers) destroyPage(folder, number);
  return numbers.length;
}

/** Makes a page unreadable. */
export function destroyPage(folder: string, number: number): void {
  changePage(folder, number, (page) => page.fill(0xa5));
}

/** Makes a leaf page one with a single row, as if the disk had lost writes. */
export function loseRows(folder: string, number: number): void {
  changePage(folder, number, (page) => page.writeUInt16BE(1, 3));
}

/** Makes a page a copy of another one, as if the disk had lost writes to a page that was used for something else before. */
export function copyPage(folder: string, from: number, to: number): void {
  const original = readFileSync(join(folder, 'kmq.db')).subarray((from - 1) * PAGE, from * PAGE);
  changePage(folder, to, (page) => original.copy(page));
}

function changePage(folder: string, number: number, change: (page: Buffer) => void): void {
  const file = join(folder, 'kmq.db');
  const bytes = readFileSync(file);
  change(bytes.subarray((number - 1) * PAGE, number * PAGE));
  writeFileSync(file, bytes);
}
