import { closeSync, fdatasync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Database } from './database.js';
import type { LogTruncation } from './log-truncation.js';
import { EMPTY, treePage, type TreePage } from './page.js';

const dataSync = promisify(fdatasync);

const MOST_PAGE_BYTES = 65_536;
const ZEROS = Buffer.alloc(MOST_PAGE_BYTES);

/**
 * Overwrites the unused space of a tree's page and returns the page; an empty leaf if the page is missing or damaged, or the disk cannot
 * read it.
 * @throws the system's error if the page cannot be written
 */
export type Visit = (number: number) => TreePage;

/**
 * Overwrites the unused space of pages with zeros, in the file itself. `secure_delete` overwrites a cell that is deleted. But
 * when SQLite balances a tree, it moves cells to other pages, and leaves copies of them in the space that
 * https://www.sqlite.org/fileformat2.html#b_tree_pages calls unallocated. No statement but VACUUM
 * overwrites it.
 *
 * Why it is safe:
 * - SQLite ignores the bytes in this space. A page means the same before, during and after the overwriting, so a reader, a kill
 *   or a power failure at any moment does no harm. No other byte is written.
 * - This process holds the lock for writing, and the log is empty. So no other process changes pages meanwhile, and no log contains
 *   another version of them, which a checkpoint would write (https://www.sqlite.org/wal.html#checkpointing).
 * - Pages in this connection's cache still have the copies, and would be written with its next change. So the cache is emptied
 *   (https://www.sqlite.org/pragma.html#pragma_shrink_memory). No other connection writes.
 * - The file stays open as long as the database: closing it would release all locks of this process on it
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
   * Does some work while nobody else writes to the file.
   * @param work its second argument returns how many pages were visited
   * @returns false if it was not done, because another connection reads from the log, or writes
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

  /** Resolves when the overwritten pages are on disk. */
  async sync(): Promise<void> {
    await dataSync(this.descriptor);
  }

  /** Call it when all connections of this process to the database are closed. */
  close(): void {
    closeSync(this.descriptor);
  }
}

/** The pages of a file. They must not be changed while this is used. */
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
    const page = (isThere && this.read(bytes, start) && treePage(bytes, this.usable)) || EMPTY;
    this.visited.set(number, page);
    if (page === EMPTY) return page;
    const unused = bytes.subarray(page.unused.start, page.unused.end);
    if (!unused.equals(ZEROS.subarray(0, unused.length))) {
      unused.fill(0);
      writeSync(this.descriptor, unused, 0, unused.length, start + page.unused.start);
    }
    return page;
  }

  /** @returns false if the disk cannot read it: then SQLite cannot either, and the page counts as damaged */
  private read(bytes: Buffer, start: number): boolean {
    try {
      readSync(this.descriptor, bytes, 0, bytes.length, start);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
      return false;
    }
  }
}
