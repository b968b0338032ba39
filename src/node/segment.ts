import { open, readFile, rename, unlink, writeFile, type FileHandle } from 'node:fs/promises';

/** The URL of a hit; anything else in a file is damaged. */
const HIT = /^\/[esa]\?[!-~]+$/;

/** Suffix of a file that replaces another one when it is complete. */
export const UNFINISHED = '.new';

/** A file of the queue, with one hit on each line. */
export interface Segment {
  path: string;
  bytes: number;
  /** Until when it waits while others are sent first, by the monotonic clock. */
  heldUntil?: number;
}

/** Reads the hits of a file, and how many of its lines are damaged. Throws what readFile throws. */
export async function readSegment(segment: Segment): Promise<{ hits: string[]; damaged: number }> {
  const text = await readFile(segment.path, 'latin1');
  segment.bytes = text.length;
  return hitsIn(text);
}

function hitsIn(text: string): { hits: string[]; damaged: number } {
  // Text after the last line end is an incomplete line. The process that wrote it still has the hit in memory.
  const lines = text.split('\n').slice(0, -1);
  const hits = lines.filter((line) => HIT.test(line));
  return { hits, damaged: lines.length - hits.length };
}

/**
 * Removes a file, if it exists. Throws what open throws; then the file is as before.
 * @returns hits that were added since it was read: its process was only suspended
 */
export async function removeSegment({ path, bytes }: Segment): Promise<string[]> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!file) return [];
  try {
    await unlink(path).catch(() => {});
    return await addedTo(file, bytes);
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file by one that has only these hits. Throws what writeFile, open and rename throw; then the file is as before.
 * @returns hits that were added since it was read
 */
export async function replaceSegment(segment: Segment, hits: string[]): Promise<string[]> {
  const text = hits.join('\n') + '\n';
  const file = await open(segment.path);
  try {
    await writeFile(segment.path + UNFINISHED, text, { mode: 0o600 });
    await rename(segment.path + UNFINISHED, segment.path);
    const added = await addedTo(file, segment.bytes);
    segment.bytes = text.length;
    return added;
  } finally {
    await file.close();
  }
}

/**
 * The hits that were added to a file since it was read. Call it after the file has lost its name: a process that adds a hit later notices
 * that, and writes the hit to another file.
 * @param bytes the size of the file when it was read
 */
async function addedTo(file: FileHandle, bytes: number): Promise<string[]> {
  if ((await file.stat()).size <= bytes) return [];
  const text = await file.readFile('latin1');
  return hitsIn(text.slice(text.lastIndexOf('\n', bytes - 1) + 1)).hits;
}
