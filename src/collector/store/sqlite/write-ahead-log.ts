import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { markIn } from './store-mark.js';

const LOG_HEADER_BYTES = 32;
/** The header before each page (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
export const FRAME_HEADER_BYTES = 24;
/** How many frames one read takes. */
const FRAMES_AT_ONCE = 256;
/** The size of pages in a log whose header does not say it: SQLite's own choice, which kmq does not change. */
const USUAL_PAGE_BYTES = 4096;

/** The content of a write-ahead log, as far as its checksums are right. */
export interface Log {
  pageBytes: number;
  /** What SQLite ignores, and overwrites with its next commit; undefined if there is nothing. */
  ignored: Ignored | undefined;
  /** Pages of the database after the last complete commit; 0 if there is none. */
  pages: number;
  /** The numbers of the pages, from 1, that complete commits have written. */
  written: Set<number>;
  /** The mark of the store (store-mark.ts), from the latest version of the first page in a complete commit. */
  mark: number | undefined;
}

/** What follows the last complete commit of a log, without frames of an earlier round. */
export interface Ignored {
  bytes: number;
  /** Frames, each with one page; the last one may be incomplete. */
  frames: number;
  /**
   * Ends of commits after the first frame that cannot be read. A commit that was only interrupted has none. That frame itself does
   * not count, since it may be the end of an interrupted commit.
   */
  commits: number;
  /** The header of the log is damaged, so SQLite ignores the whole log. */
  isWhole: boolean;
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
  const header = readHeader(descriptor);
  if (!header) return undefined;
  const { pageBytes, bigEndian, isRight } = header;
  const log: Log = { pageBytes, ignored: undefined, pages: 0, written: new Set(), mark: undefined };
  const ignored: Ignored = { bytes: 0, frames: 0, commits: 0, isWhole: !isRight };
  let { sum } = header;
  /** The salts of this round. If the header is damaged, those of the first frame, which every round writes. */
  let salts = isRight ? header.salts : undefined;
  let isReadable = isRight;
  /** The end of the last complete commit. */
  let whole = isRight ? LOG_HEADER_BYTES : 0;
  /** The pages of the commit that is being read. */
  let uncommitted: number[] = [];
  let mark: number | undefined;
  /** The end of the last frame of this round. */
  let end = whole;

  for (const frame of framesOf(descriptor, size, pageBytes)) {
    const { bytes } = frame;
    if (!salts && !isZero(bytes)) salts = Buffer.from(saltsOf(bytes));
    const likeness = salts ? likenessOf(saltsOf(bytes), salts) : 'other';
    if (isReadable) {
      const next = likeness === 'same' && frame.isComplete ? sumOf(bytes, sum, bigEndian) : undefined;
      if (next && bytes.readUInt32BE(16) === next[0] && bytes.readUInt32BE(20) === next[1]) {
        sum = next;
        end = frame.end;
        const number = bytes.readUInt32BE(0);
        uncommitted.push(number);
        if (number === 1) mark = markIn(bytes.subarray(FRAME_HEADER_BYTES));
        const pages = bytes.readUInt32BE(4);
        if (pages !== 0) {
          whole = frame.end;
          log.pages = pages;
          log.mark = mark;
          for (const page of uncommitted) log.written.add(page);
          uncommitted = [];
        }
        continue;
      }
      // SQLite reads no commit after this frame. The frames after it say whether there was more than one commit.
      isReadable = false;
      if (likeness !== 'other') end = frame.end;
      continue;
    }
    if (likeness === 'other') continue;
    end = frame.end;
    if (likeness === 'same' && bytes.readUInt32BE(4) !== 0) ignored.commits += 1;
  }
  ignored.bytes = end - whole;
  ignored.frames = Math.ceil((end - Math.max(whole, LOG_HEADER_BYTES)) / (FRAME_HEADER_BYTES + pageBytes));
  if (ignored.frames > 0) log.ignored = ignored;
  return log;
}

interface Header {
  /** Whether SQLite accepts it. */
  isRight: boolean;
  pageBytes: number;
  bigEndian: boolean;
  salts: Buffer;
  sum: Sum;
}

/** Undefined if the file is shorter than a header. */
function readHeader(descriptor: number): Header | undefined {
  const bytes = Buffer.alloc(LOG_HEADER_BYTES);
  if (readSync(descriptor, bytes, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return undefined;
  const pageBytes = bytes.readUInt32BE(8);
  const hasPageBytes = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  const bigEndian = (bytes[3]! & 1) === 1;
  const sum = checksum(bytes.subarray(0, 24), [0, 0], bigEndian);
  const isRight =
    bytes.readUInt32BE(0) >>> 1 === 0x377f0682 >>> 1 &&
    hasPageBytes &&
    bytes.readUInt32BE(24) === sum[0] &&
    bytes.readUInt32BE(28) === sum[1];
  return {
    ...{ isRight, bigEndian, sum },
    pageBytes: hasPageBytes ? pageBytes : USUAL_PAGE_BYTES,
    salts: bytes.subarray(16, 24),
  };
}

interface Frame {
  /** From its header on. */
  bytes: Buffer;
  /** Where it ends in the file. */
  end: number;
  /** Whether the file contains the whole page. */
  isComplete: boolean;
}

/** The frames of a log up to the end of the file. One that ends within its header is left out: nothing of its page is there. */
function* framesOf(descriptor: number, size: number, pageBytes: number): Generator<Frame> {
  const frame = FRAME_HEADER_BYTES + pageBytes;
  const chunk = Buffer.alloc(frame * FRAMES_AT_ONCE);
  for (let start = LOG_HEADER_BYTES; start < size; start += chunk.length) {
    const length = readSync(descriptor, chunk, 0, chunk.length, start);
    for (let at = 0; at + FRAME_HEADER_BYTES <= length; at += frame) {
      const end = Math.min(at + frame, length);
      yield { bytes: chunk.subarray(at, end), end: start + end, isComplete: at + frame <= length };
    }
  }
}

const saltsOf = (frame: Buffer): Buffer => frame.subarray(8, 16);

/** A part of a file that was never written. */
const isZero = (frame: Buffer): boolean => frame.subarray(0, FRAME_HEADER_BYTES).every((byte) => byte === 0);

/**
 * Compares the salts of a frame with those of the round. An earlier round has other values in both halves: the first one is a counter,
 * and the second one is random. So if only one half is different, the frame is damaged.
 */
function likenessOf(salts: Buffer, expected: Buffer): 'same' | 'damaged' | 'other' {
  const halves = [0, 4].filter((at) => salts.readUInt32BE(at) === expected.readUInt32BE(at)).length;
  return halves === 2 ? 'same' : halves === 1 ? 'damaged' : 'other';
}

type Sum = [number, number];

/** The checksum of a complete frame, continued from that of the frame before. */
function sumOf(frame: Buffer, before: Sum, bigEndian: boolean): Sum {
  return checksum(frame.subarray(FRAME_HEADER_BYTES), checksum(frame.subarray(0, 8), before, bigEndian), bigEndian);
}

/** SQLite's checksum over pairs of 32-bit words (section 4.2 of the file format). */
function checksum(data: Buffer, [first, second]: Sum, bigEndian: boolean): Sum {
  for (let at = 0; at < data.length; at += 8) {
    first = (first + (bigEndian ? data.readUInt32BE(at) : data.readUInt32LE(at)) + second) >>> 0;
    second = (second + (bigEndian ? data.readUInt32BE(at + 4) : data.readUInt32LE(at + 4)) + first) >>> 0;
  }
  return [first, second];
}
