import { closeSync, fdatasync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Database } from './database.js';
import type { LogTruncation } from './log-truncation.js';
import { EMPTY, treePage, type TreePage } from './page.js';

const dataSync = promisify(fdatasync);

const MOST_PAGE_BYTES = 65_536;
const ZEROS = Buffer.alloc(MOST_PAGE_BYTES);

/** Brings a page of a tree, the unused space of which it has overwritten; for one that cannot be read, a leaf that is empty. */
export type Visit = (number: number) => TreePage;

/**
 * Overwrites the unused space of pages with zeros, in the file itself. `secure_delete` overwrites a cell that is deleted; but
 * where SQLite balances pages of a tree, it may write the cells of a page again, and leaves copies of cells that were moved to another page
 * (https://www.sqlite.org/fileformat2.html#b_tree_pages calls the space where they are unallocated). There is no statement that
 * overwrites it, but VACUUM.
 *
 * Why it is safe:
 * - What is there means nothing to SQLite. A page has the same content before, after and in the middle of it, so that neither a reader
 *   nor a kill nor a loss of power can come at the wrong moment. No other byte is written.
 * - The file is the store: it is done with the lock of the one who writes, and while the log is empty. Nobody changes pages
 *   meanwhile, and no log has another version of them, which a checkpoint would write
 *   (https://www.sqlite.org/wal.html#checkpointing).
 * - Pages that this connection has in its memory, which still have the copies, are forgotten
 *   (https://www.sqlite.org/pragma.html#pragma_shrink_memory): it would write the copies again with its next change. Nobody else
 *   writes.
 * - The file stays open as long as the database: to close it would take all locks of this process from it
 *   (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export class UnusedSpace {
  private readonly descriptor: number;

  constructor(
    private readonly file: string,
    private readonly db: Database,
    private readonly log: LogTruncation,
  ) {
    this.descriptor = openSync(file, 'r+');
  }

  /**
   * Some work, in one moment of the file.
   * @param work is told how many pages were visited
   * @returns false where it was not done: somebody reads from the log, or writes
   */
  attempt(work: (visit: Visit, visited: () => number) => void): boolean {
    if (!this.log.attempt()) return false;
    try {
      this.db.exec('BEGIN IMMEDIATE');
    } catch {
      return false;
    }
    try {
      if (statSync(`${this.file}-wal`).size !== 0) return false;
      this.db.exec('PRAGMA shrink_memory');
      const pages = new Pages(this.descriptor);
      work(
        (number) => pages.visit(number),
        () => pages.visited.size,
      );
      return true;
    } finally {
      this.db.exec('ROLLBACK');
    }
  }

  /** Resolves when what was overwritten is so on the disk. */
  async sync(): Promise<void> {
    await dataSync(this.descriptor);
  }

  /** When all connections of this process to the database are closed. */
  close(): void {
    closeSync(this.descriptor);
  }
}

/** The pages of a file, as long as nobody changes them. */
class Pages {
  readonly visited = new Map<number, TreePage>();
  private readonly pageBytes: number;
  private readonly usable: number;
  private readonly count: number;

  constructor(private readonly descriptor: number) {
    // https://www.sqlite.org/fileformat2.html#the_database_header
    const header = Buffer.alloc(100);
    readSync(descriptor, header, 0, header.length, 0);
    const bytes = header.readUInt16BE(16);
    this.pageBytes = bytes === 1 ? MOST_PAGE_BYTES : bytes;
    this.usable = this.pageBytes - header[20]!;
    this.count = Math.floor(fstatSync(descriptor).size / this.pageBytes);
  }

  visit(number: number): TreePage {
    const known = this.visited.get(number);
    if (known) return known;
    const bytes = Buffer.alloc(this.pageBytes);
    const start = (number - 1) * this.pageBytes;
    const isThere = number >= 2 && number <= this.count;
    if (isThere) readSync(this.descriptor, bytes, 0, bytes.length, start);
    const page = treePage(bytes, this.usable) ?? EMPTY;
    this.visited.set(number, page);
    if (page === EMPTY) return page;
    const unused = bytes.subarray(page.unused.start, page.unused.end);
    if (!unused.equals(ZEROS.subarray(0, unused.length))) {
      unused.fill(0);
      writeSync(this.descriptor, unused, 0, unused.length, start + page.unused.start);
    }
    return page;
  }
}
