import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Frames that one read takes. */
const FRAMES_AT_ONCE = 256;

/** The end of a write-ahead log that cannot be read. */
export interface TornLog {
  /** Bytes up to the end of the last commit that is whole. */
  whole: number;
  /** Bytes behind it that were written later: SQLite passes over them, and writes its next commit there. */
  torn: number;
}

/**
 * Looks for a torn end in SQLite's write-ahead log, before SQLite opens it and says nothing of what it passes over: a
 * commit that power or a kill cut short, which nobody was told of, or a damaged disk. Frames of an earlier round of the
 * log, which lie behind the latest ones in a healthy file, carry other salts and do not count
 * (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
 * @param file of the database; its log is the same with `-wal`
 */
export function findTornLog(file: string): TornLog | undefined {
  const log = `${file}-wal`;
  if (!existsSync(log)) return undefined;
  const descriptor = openSync(log, 'r');
  try {
    return examine(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** What to tell the owner of a torn log, before the database is opened; undefined where there is none. */
export function tornLogNotice(file: string): string | undefined {
  const found = findTornLog(file);
  return (
    found &&
    `The last ${found.torn} bytes of ${file}-wal are no whole commit, and were cut off: a collector or machine that ` +
      `stopped in the middle of one leaves so, and none of it was acknowledged; otherwise the disk has damaged it.`
  );
}

function examine(descriptor: number, size: number): TornLog | undefined {
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  if (readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return undefined;
  const page = header.readUInt32BE(8);
  // A header of which nothing is known, as after a power loss in the moment of a log's first write, begins nothing.
  if (header.readUInt32BE(0) >>> 1 !== 0x377f0682 >>> 1 || page < 512) return undefined;
  const bigEndian = (header[3]! & 1) === 1;
  const salts = header.subarray(16, 24);
  let sum: Sum = checksum(header.subarray(0, 24), [0, 0], bigEndian);
  const frame = FRAME_HEADER_BYTES + page;
  const chunk = Buffer.alloc(frame * FRAMES_AT_ONCE);
  let whole = LOG_HEADER_BYTES;

  for (let start = LOG_HEADER_BYTES; start < size; start += chunk.length) {
    const length = readSync(descriptor, chunk, 0, chunk.length, start);
    for (let at = 0; at < length; at += frame) {
      const head = chunk.subarray(at, at + FRAME_HEADER_BYTES);
      if (at + 16 > length || !head.subarray(8, 16).equals(salts)) return undefined;
      if (at + frame <= length) {
        sum = checksum(head.subarray(0, 8), sum, bigEndian);
        sum = checksum(chunk.subarray(at + FRAME_HEADER_BYTES, at + frame), sum, bigEndian);
        if (head.readUInt32BE(16) === sum[0] && head.readUInt32BE(20) === sum[1]) {
          const commits = head.readUInt32BE(4) !== 0;
          if (commits) whole = start + at + frame;
          continue;
        }
      }
      return { whole, torn: size - whole };
    }
  }
  return undefined;
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
