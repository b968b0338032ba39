import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Log } from './write-ahead-log.js';
import { markIn } from './store-mark.js';

/** The header of a database (https://www.sqlite.org/fileformat2.html#the_database_header). */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** A value in the header of a database with a write-ahead log. SQLite sets it before it begins a log. */
const WITH_LOG = 2;
/** SQLite uses this byte of a file for locks, and never writes the page that contains it. */
const LOCK_BYTE = 0x40000000;

/**
 * Why a database must not be opened, as a sentence for the owner; undefined if it may. SQLite would treat an empty, truncated or
 * other file as the database of the log beside it, and write the log into it or remove the log. A new store is accepted: SQLite
 * writes the first page of the file before it begins the log, and until a checkpoint the log contains all other pages.
 * @param file the database
 * @param log the log beside it
 */
export function lostDatabaseFault(file: string, log: Log | undefined): string | undefined {
  const found = headerOf(file);
  if (!log?.pages) {
    // Without a log nothing would be overwritten. But a truncated file is not a new store; only an empty one is.
    return found.bytes && isShorterThanItSays(found) ? `${file} is truncated. ${restore(file, false)}` : undefined;
  }
  if (!found.bytes) return `${file} is ${found.missing ? 'missing' : 'empty'}. ${restore(file, true)}`;
  if (found.header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return `${file} is not a database any more. ${restore(file, true)}`;
  }
  const mark = markIn(found.header);
  const isOfAnother = mark !== 0 && log.mark !== undefined && log.mark !== mark;
  if (found.header[18] !== WITH_LOG || pageBytesOf(found.header) !== log.pageBytes || isOfAnother) {
    return `${file} is not the file that ${file}-wal belongs to. ${restore(file, true)}`;
  }
  const there = Math.floor(found.bytes / log.pageBytes);
  const lockPage = LOCK_BYTE / log.pageBytes + 1;
  for (let page = there + 1; page <= log.pages; page++) {
    if (page !== lockPage && !log.written.has(page)) return `${file} is truncated. ${restore(file, true)}`;
  }
  return undefined;
}

interface Found {
  missing: boolean;
  bytes: number;
  header: Buffer;
}

function headerOf(file: string): Found {
  const header = Buffer.alloc(HEADER_BYTES);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  if (!bytes) return { missing: bytes === undefined, bytes: 0, header };
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return { missing: false, bytes, header };
}

function isShorterThanItSays({ header, bytes }: Found): boolean {
  // The number of pages in the header is valid only if these two counters are equal.
  const holds = header.readUInt32BE(24) === header.readUInt32BE(92);
  return holds && header.readUInt32BE(28) * pageBytesOf(header) > bytes;
}

function pageBytesOf(header: Buffer): number {
  const bytes = header.readUInt16BE(16);
  return bytes === 1 ? 65_536 : bytes;
}

function restore(file: string, withLog: boolean): string {
  const moved = withLog ? `${file}-wal and ${file}-shm` : file;
  const kept = withLog
    ? `Its write-ahead log, ${file}-wal, contains the latest hits, and an empty store would overwrite it. Nothing was changed. Put the ` +
      `old file back. If that file is lost, move`
    : 'Nothing was changed. The command .recover of the program sqlite3 makes a new database from the readable part. Or move';
  return `${kept} ${moved} to a safe place and restore a backup, or start with an empty store.`;
}
