import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { markIn } from './store-mark.js';

const LOG_HEADER_BYTES = 32;
/** The header before each page (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
export const FRAME_HEADER_BYTES = 24;
/** How many frames one read takes. */
const FRAMES_AT_ONCE = 256;

/** The content of a write-ahead log, as far as its checksums are right. */
export interface Log {
  pageBytes: number;
  /** Bytes up to the end of the last complete commit. */
  whole: number;
  /** Bytes of an incomplete commit after that: SQLite ignores them, and overwrites them with its next commit. */
  torn: number;
  /** Pages of the database after the last complete commit; 0 if there is none. */
  pages: number;
  /** The numbers of the pages, from 1, that complete commits have written. */
  written: Set<number>;
  /** The mark of the store (store-mark.ts), from the latest version of the first page in a complete commit. */
  mark: number | undefined;
}

/**
 * Reads SQLite's write-ahead log before SQLite opens it: SQLite does not report what it ignores. In a healthy file, frames of an
 * earlier round of the log follow the latest ones. They have other salts and do not count
 * (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
 * @param file the database; its log has the same name with `-wal`
 * @returns undefined if there is no log, or only an empty one
 */
export function readLog(file: string): Log | undefined {
  const log = `${file}-wal`;
  if (!existsSync(log)) return undefined;
  const descriptor = openSync(log, 'r');
  try {
    return examine(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

function examine(descriptor: number, size: number): Log | undefined {
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  if (readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return undefined;
  const pageBytes = header.readUInt32BE(8);
  // An invalid header, as after a power failure during the first write: SQLite ignores such a log.
  if (header.readUInt32BE(0) >>> 1 !== 0x377f0682 >>> 1 || pageBytes < 512) return undefined;
  const bigEndian = (header[3]! & 1) === 1;
  const salts = header.subarray(16, 24);
  let sum: Sum = checksum(header.subarray(0, 24), [0, 0], bigEndian);
  const frame = FRAME_HEADER_BYTES + pageBytes;
  const chunk = Buffer.alloc(frame * FRAMES_AT_ONCE);
  const log: Log = { pageBytes, whole: LOG_HEADER_BYTES, torn: 0, pages: 0, written: new Set(), mark: undefined };
  /** The pages of the commit that is being read. */
  let uncommitted: number[] = [];
  let mark: number | undefined;

  for (let start = LOG_HEADER_BYTES; start < size; start += chunk.length) {
    const length = readSync(descriptor, chunk, 0, chunk.length, start);
    for (let at = 0; at < length; at += frame) {
      const head = chunk.subarray(at, at + FRAME_HEADER_BYTES);
      if (at + 16 > length || !head.subarray(8, 16).equals(salts)) return log;
      if (at + frame <= length) {
        sum = checksum(head.subarray(0, 8), sum, bigEndian);
        sum = checksum(chunk.subarray(at + FRAME_HEADER_BYTES, at + frame), sum, bigEndian);
        if (head.readUInt32BE(16) === sum[0] && head.readUInt32BE(20) === sum[1]) {
          const number = head.readUInt32BE(0);
          uncommitted.push(number);
          if (number === 1) mark = markIn(chunk.subarray(at + FRAME_HEADER_BYTES));
          const pages = head.readUInt32BE(4);
          if (pages !== 0) {
            log.whole = start + at + frame;
            log.pages = pages;
            log.mark = mark;
            for (const page of uncommitted) log.written.add(page);
            uncommitted = [];
          }
          continue;
        }
      }
      log.torn = size - log.whole;
      return log;
    }
  }
  return log;
}

type Sum = [number, number];

/** SQLite's checksum over pairs of 32-bit words (section 4.2 of the file format). */
function checksum(data: Buffer, [first, second]: Sum, bigEndian: boolean): Sum {
  for (let at = 0; at < data.length; at += 8) {
    first = (first + (bigEndian ? data.readUInt32BE(at) : data.readUInt32LE(at)) + second) >>> 0;
    second = (second + (bigEndian ? data.readUInt32BE(at + 4) : data.readUInt32LE(at + 4)) + first) >>> 0;
  }
  return [first, second];
}
