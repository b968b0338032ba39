import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The number of equal parts of the year. Filling is measured for each part. */
export const PARTS = 20;

/**
 * The measurements of a store so far. They are in a file beside the store, since filling may be interrupted and continued on another
 * day.
 */
export function readNotes(folder, total) {
  let notes;
  try {
    notes = JSON.parse(readFileSync(fileIn(folder), 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const part = { hits: 0, seconds: 0, longest: 0, processor: 0, written: 0 };
    const parts = Array.from({ length: PARTS }, () => ({ ...part }));
    return { total, parts, resident: 0, peak: 0, filed: undefined, runs: 0 };
  }
  if (notes.total !== total) throw new Error(`${folder} holds a year of ${notes.total.toLocaleString('en')} hits.`);
  return notes;
}

export function writeNotes(folder, notes) {
  writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(notes));
  renameSync(`${fileIn(folder)}.new`, fileIn(folder));
}

const fileIn = (folder) => join(folder, 'year.json');
