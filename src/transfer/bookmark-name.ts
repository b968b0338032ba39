import { createHash } from 'node:crypto';
import type { Format } from './format.js';
import type { Line } from './lines.js';

/**
 * The name of a file's bookmark. It is made of the file's path and first record, with the heading before the record, if any. So it
 * stays the same while the file grows, and another file at the same path has another name.
 * @param head the first lines that are not empty
 */
export function fileSource(path: string, head: Line[], format: Format, key: string | undefined): string {
  const first = head.slice(0, format === 'raw' ? 1 : 2);
  return `file ${digest(path, key, ...first.map(({ text }) => text))}`;
}

/** The name of a stream's bookmark, made of its first megabyte. */
export function streamSource(head: Buffer, key: string | undefined): string {
  return `stream ${digest(key, head)}`;
}

/** The name of the bookmark of an import that its owner has named. */
export function namedSource(name: string, key: string | undefined): string {
  return `name ${digest(name, key)}`;
}

/** Hashes several texts. As JSON, so that the borders between them count. */
function digest(...parts: (string | Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Buffer.isBuffer(part) ? part : JSON.stringify(part ?? null));
  return hash.digest('hex').slice(0, 32);
}
