import { appendFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DiskFull } from './errors.js';

/** A file in the data folder that only occupies disk space. A backup does not need it. */
export const RESERVE_FILE = 'kmq.reserve';
const RESERVE_BYTES = 4 * 1024 * 1024;
/** On a small disk, the reserve takes this part of it: one eighth. */
const PART_OF_DISK = 8;
/** The space that SQLite needs to open a store, with a log and its index. */
const OPENING_BYTES = 512 * 1024;
/** The space that the reserve leaves free, and the least that it takes back at once. */
const SPARE_BYTES = 32 * 1024;
/** The space that hits need, with a log of full size. On a small disk it is less, too. */
const PLENTY_BYTES = 128 * 1024 * 1024;
/** The pause after an attempt that failed. */
const PAUSE_MS = 1000;

/**
 * A file that reserves disk space for work that frees space. On a full disk SQLite can neither remove anything, since it writes
 * to its log first, nor open a store: then the file is emptied. Hits may not use the space that becomes free; they are accepted
 * again when the file has its full size.
 */
export class Reserve {
  readonly bytes: number;
  private readonly disk: number;
  private readonly file: string;
  /** Its space was released and not taken back completely yet. */
  private spent: boolean;
  /** When an attempt to take its space back last failed, although the disk reported enough. */
  private failedAt = -Infinity;

  /** Creates the file if there is space for it, and empties it if there is too little to open a store. */
  constructor(private readonly folder: string) {
    this.file = join(folder, RESERVE_FILE);
    const { bsize, blocks } = statfsSync(folder);
    this.disk = bsize * blocks;
    this.bytes = Math.min(RESERVE_BYTES, Math.floor(this.disk / PART_OF_DISK));
    const held = this.held();
    this.spent = held !== undefined && held < this.bytes;
    if (this.isNeeded()) this.release();
    else this.restore();
  }

  /** Whether the disk is large enough for a reserve of full size. */
  get isOfFullSize(): boolean {
    return this.bytes === RESERVE_BYTES;
  }

  /** Whether the disk has hardly any space besides the reserve, or no file can be created. */
  isNeeded(): boolean {
    const { files, ffree } = statfsSync(this.folder);
    return this.free() < OPENING_BYTES || (files > 0 && ffree === 0);
  }

  /** How many of the wanted bytes are missing, for work that can wait and has to leave plenty of space for hits. */
  missingFor(bytes: number): number {
    return Math.max(0, bytes + Math.min(PLENTY_BYTES, Math.floor(this.disk / PART_OF_DISK)) - this.free());
  }

  /** Frees its space for the next write. @returns whether there was any */
  release(): boolean {
    if (!this.held()) return false;
    truncateSync(this.file);
    this.spent = true;
    return true;
  }

  /** Takes back the free space; the rest when there is more. A file that was never created is created at full size. */
  restore(): void {
    const found = this.held();
    const held = found ?? 0;
    if (held >= this.bytes || performance.now() < this.failedAt + PAUSE_MS) return;
    const free = this.free();
    if (found === undefined && free < 2 * this.bytes) return;
    const missing = Math.min(this.bytes - held, free - SPARE_BYTES);
    if (missing < SPARE_BYTES) return;
    try {
      // Random bytes, since some file systems reserve no space for data that they can compress.
      appendFileSync(this.file, randomBytes(missing), { mode: 0o600 });
      this.spent = held + missing < this.bytes;
    } catch {
      // Another program took the space, or there is a limit that the system does not report. The part of the file stays.
      this.failedAt = performance.now();
    }
  }

  /** @throws DiskFull while the released space was not taken back completely */
  ensure(): void {
    if (!this.spent) return;
    this.restore();
    if (this.spent) throw new DiskFull();
  }

  /** The bytes of the file; undefined if it was never made. */
  private held(): number | undefined {
    return statSync(this.file, { throwIfNoEntry: false })?.size;
  }

  /** How many bytes this process can write. */
  private free(): number {
    const { bsize, bavail, bfree } = statfsSync(this.folder);
    return bsize * (process.geteuid?.() === 0 ? bfree : bavail);
  }
}
