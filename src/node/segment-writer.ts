import { closeSync, existsSync, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { Folder } from './folder.js';
import type { Segment } from './segment.js';

/** Writes hits into the newest file of the queue. A file that is complete, or was taken by another process, is not written again. */
export class SegmentWriter {
  private active: (Segment & { fd: number }) | undefined;

  /**
   * @param mostBytes of a file, unless one write has more
   * @param onSealed called with each file that is complete
   */
  constructor(
    private readonly folder: Folder,
    private readonly mostBytes: number,
    private readonly onSealed: (segment: Segment) => void,
  ) {}

  /** Bytes of the file that is being written; 0 if there is none. */
  get bytes(): number {
    return this.active?.bytes ?? 0;
  }

  /** Completes the current file if it has no room for so many bytes more, or if another process has taken it. */
  sealIfNecessary(bytes: number, now: number): void {
    if (!this.active) return;
    const isTaken = this.folder.isDoubtful(now) && !existsSync(this.active.path);
    if (isTaken || this.active.bytes + bytes > this.mostBytes) this.seal(isTaken);
  }

  /**
   * Appends whole lines.
   * @param text ASCII, so that its length is its number of bytes
   * @throws what openSync and writeSync throw, and if only a part was written; then the file is complete
   */
  write(text: string, now: number): void {
    const active = (this.active ??= this.open(now));
    try {
      if (writeSync(active.fd, text) < text.length) throw new Error('the disk is full: only part of a hit was written');
    } catch (error) {
      // The file may now end with part of a line, which readers skip.
      this.seal();
      throw error;
    }
    active.bytes += text.length;
    if (fstatSync(active.fd).nlink || existsSync(active.path)) return;
    // Another process believed that this one had ended, since their clocks differ, and has sent and removed the file.
    this.seal(true);
    this.write(text, now);
  }

  /**
   * Completes the current file, if there is one.
   * @param isTaken another process has taken the file, and sends it
   */
  seal(isTaken = false): void {
    if (!this.active) return;
    const { fd, path, bytes } = this.active;
    this.active = undefined;
    try {
      closeSync(fd);
      if (!bytes) unlinkSync(path);
    } catch {
      // The file or the disk is gone.
    }
    if (bytes && !isTaken) this.onSealed({ path, bytes });
  }

  private open(now: number): Segment & { fd: number } {
    this.folder.make(now);
    const path = this.folder.newSegment(now);
    return { path, bytes: 0, fd: openSync(path, 'ax', 0o600) };
  }
}
