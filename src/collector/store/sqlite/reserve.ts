import { appendFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NoRoom } from './errors.js';

/** In the data folder: room on the disk, and nothing else. It belongs into no backup. */
const RESERVE_FILE = 'kmq.reserve';
const RESERVE_BYTES = 4 * 1024 * 1024;
/** Of a disk for which that is much, the reserve takes such a part. */
const PART_OF_DISK = 8;
/** What SQLite needs to open a store, with a log and its index. */
const OPENING_BYTES = 512 * 1024;
/** What the reserve leaves to others, and the least that is worth taking back. */
const SPARE_BYTES = 32 * 1024;
/** The room that hits have for themselves, with a log of full size; of a small disk it is such a part as well. */
const PLENTY_BYTES = 128 * 1024 * 1024;
/** The pause after an attempt that failed. */
const PAUSE_MS = 1000;

/**
 * A file that holds room on the disk for what makes room there. On a full disk SQLite can remove nothing, since it
 * writes to its log first, and cannot even open a store: then the file is emptied. Hits may not have what becomes free
 * so; they are taken again when the file is whole again.
 */
export class Reserve {
  readonly bytes: number;
  private readonly disk: number;
  private readonly file: string;
  /** Its room was given away, and was not taken back yet. */
  private spent: boolean;
  /** When its room could not be taken back although it seemed to be there. */
  private failedAt = -Infinity;

  /** Makes the file where there is room for it, and empties it where there is too little to open a store. */
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

  /** Whether there is next to no room, the reserve apart, or no file can be made. */
  isNeeded(): boolean {
    const { files, ffree } = statfsSync(this.folder);
    return this.free() < OPENING_BYTES || (files > 0 && ffree === 0);
  }

  /** The bytes that are missing where somebody who can wait wants so many, and hits are to have plenty of room besides. */
  missingFor(bytes: number): number {
    return Math.max(0, bytes + Math.min(PLENTY_BYTES, Math.floor(this.disk / PART_OF_DISK)) - this.free());
  }

  /** Gives its room to whoever writes next. @returns whether there was any */
  release(): boolean {
    if (!this.held()) return false;
    truncateSync(this.file);
    this.spent = true;
    return true;
  }

  /** Takes back what room there is; the rest when there is more. One that was never made is made as a whole. */
  restore(): void {
    const found = this.held();
    const held = found ?? 0;
    if (held >= this.bytes || performance.now() < this.failedAt + PAUSE_MS) return;
    const free = this.free();
    if (found === undefined && free < 2 * this.bytes) return;
    const missing = Math.min(this.bytes - held, free - SPARE_BYTES);
    if (missing < SPARE_BYTES) return;
    try {
      // Random, since some file systems keep no room for what they can compress.
      appendFileSync(this.file, randomBytes(missing), { mode: 0o600 });
      this.spent = held + missing < this.bytes;
    } catch {
      // Somebody else was faster, or there is a limit that the system does not tell; what there is of the file is kept.
      this.failedAt = performance.now();
    }
  }

  /** @throws NoRoom while what was given away was not taken back as a whole */
  ensure(): void {
    if (!this.spent) return;
    this.restore();
    if (this.spent) throw new NoRoom();
  }

  /** Bytes of the file; undefined where it was never made. */
  private held(): number | undefined {
    return statSync(this.file, { throwIfNoEntry: false })?.size;
  }

  /** Bytes that this process can write. */
  private free(): number {
    const { bsize, bavail, bfree } = statfsSync(this.folder);
    return bsize * (process.geteuid?.() === 0 ? bfree : bavail);
  }
}
