import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EARLIEST_TIME } from '../protocol/limits.js';
import { momentOf, type Folder } from './folder.js';
import { MemoryHits } from './memory-hits.js';
import { readSegment, removeSegment, replaceSegment, type Segment } from './segment.js';
import { SegmentWriter } from './segment-writer.js';

/** When a file has so many bytes, or a quarter of all bytes that are allowed, the next one is begun. */
const SEGMENT_BYTES = 262_144;

/** How long to wait after a failed write to the disk before the next one. */
const DISK_PAUSE_MS = 1000;

/** How long to wait after a file could not be read before the next attempt. */
const UNREADABLE_PAUSE_MS = 60_000;

/** Hits to be sent together. */
export interface Batch {
  lines: string[];
  /** The file that contains them; undefined for hits in memory. */
  segment?: Segment;
}

export interface QueueLimits {
  /** Bytes of all files. */
  maxBytes: number;
  /** Seconds. */
  maxAge: number;
}

/**
 * Hits that the collector has not acknowledged, one a line, in files. Hits are added to the newest file only; a file is sent as a
 * whole, and removed as a whole unless some of its hits are blocked. When the queue is full, the oldest file is dropped.
 */
export class Queue {
  /** How many hits were dropped, for whatever reason. */
  dropped = 0;
  private readonly writer: SegmentWriter;
  /** The files that are complete, but for those that are being sent. */
  private sealed: Segment[] = [];
  /** Bytes of these files. */
  private sealedBytes = 0;
  private readonly memory = new MemoryHits();
  /** Hits of the memory that are being sent. */
  private lent: string[] = [];
  /** What could not be read, so that it is reported once. */
  private readonly troubles = new Set<string>();
  /** Whether files of processes that have ended wait until this process has room for them. */
  private hasOrphans = false;
  private isClosed = false;
  /** Until when nothing is written to the disk, by the monotonic clock; 0 while writes succeed. */
  private diskPause = 0;

  constructor(
    private readonly folder: Folder,
    private readonly limits: QueueLimits,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {
    // Only whole files are dropped, so one file must not fill the queue.
    const mostBytes = Math.min(SEGMENT_BYTES, limits.maxBytes / 4);
    this.writer = new SegmentWriter(folder, mostBytes, (segment) => this.add(segment));
  }

  get isEmpty(): boolean {
    return !this.writer.bytes && !this.sealed.length && !this.memory.length;
  }

  /**
   * Keeps a hit: in a file before this returns, so that it survives the process, or in memory if no file can be written. One write
   * into the system's page cache costs about a microsecond. Files are not synced, so a power failure may lose hits.
   */
  append(line: string, now: number): void {
    if ((this.diskPause && performance.now() < this.diskPause) || !this.store([...this.memory.all, line], now))
      this.noteEvicted(this.memory.add([line]));
  }

  /** Milliseconds until a hit may be sent: 0 unless all hits are held back. */
  get pauseMs(): number {
    if (this.writer.bytes || this.memory.length) return 0;
    const next = Math.min(...this.sealed.map(({ heldUntil = 0 }) => heldUntil));
    return this.sealed.length ? Math.max(0, next - performance.now()) : 0;
  }

  /**
   * Takes the next hits to send, oldest first; hits that are held back come after all others. Undefined if none may be sent.
   * The caller removes them or puts them back.
   */
  async next(): Promise<Batch | undefined> {
    this.expire();
    for (;;) {
      const now = performance.now();
      let index = this.sealed.findIndex(({ heldUntil }) => heldUntil === undefined);
      if (index < 0 && this.writer.bytes) {
        this.writer.seal();
        index = this.sealed.length - 1;
      }
      if (index < 0 && !this.memory.length) index = this.sealed.findIndex(({ heldUntil }) => heldUntil! <= now);
      const [segment] = index < 0 ? [] : this.sealed.splice(index, 1);
      if (!segment) {
        if (this.hasOrphans && (await this.adopt())) continue;
        break;
      }
      this.sealedBytes -= segment.bytes;
      const lines = await this.read(segment);
      if (lines === 'unreadable') this.putBack({ lines: [], segment }, UNREADABLE_PAUSE_MS);
      else if (lines?.length) return { lines, segment };
      else if (lines) await this.remove({ lines, segment });
    }
    const lines = (this.lent = this.memory.take());
    return lines.length ? { lines } : undefined;
  }

  /** Forgets hits that have been acknowledged. */
  async remove(batch: Batch): Promise<void> {
    const { segment } = batch;
    if (!segment) {
      this.lent = [];
      return;
    }
    try {
      this.keep(await removeSegment(segment));
    } catch {
      // It is sent again when it can be opened. By their ids, its hits count once.
      this.putBack(batch, UNREADABLE_PAUSE_MS);
    }
  }

  /**
   * Takes hits back that have not been acknowledged.
   * @param pauseMs if given, the hits are held back for so long, and others are sent first
   */
  putBack({ segment, lines }: Batch, pauseMs?: number): void {
    if (!segment) {
      this.lent = [];
      return this.noteEvicted(this.memory.putBack(lines));
    }
    this.sealedBytes += segment.bytes;
    const heldUntil = pauseMs === undefined ? {} : { heldUntil: performance.now() + pauseMs };
    this.sealed.unshift({ path: segment.path, bytes: segment.bytes, ...heldUntil });
  }

  /** Takes back only those hits of a batch that were not acknowledged, and removes the others. */
  async putSomeBack(batch: Batch, lines: string[], pauseMs: number): Promise<void> {
    const { segment } = batch;
    if (!segment || lines.length === batch.lines.length) return this.putBack({ ...batch, lines }, pauseMs);
    try {
      this.keep(await replaceSegment(segment, lines));
    } catch {
      // Then the whole file is sent again. By their ids, hits that were stored already count once.
    }
    this.putBack({ segment, lines }, pauseMs);
  }

  /**
   * Takes the files of processes that have ended, oldest first, while there is room. The others wait where they are, for this process
   * or another one.
   * @returns whether there are more files to send
   */
  async adopt(): Promise<boolean> {
    const before = this.sealed.length;
    this.hasOrphans = false;
    const fault = (path: string, error: unknown): void =>
      this.reportOnce(path, `hits that another process left cannot be taken from ${path}`, error);
    for (const { path, bytes } of await this.folder.orphans(fault)) {
      // A file that a closed client takes into its folder would wait there until this process ends.
      if (this.isClosed) break;
      // A file larger than the limit, which was higher in the process that wrote it, is taken when this process has no others.
      if (this.bytes && this.bytes + bytes > this.limits.maxBytes) {
        this.hasOrphans = true;
        break;
      }
      try {
        this.add({ path: await this.folder.take(path), bytes });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') fault(dirname(path), error);
      }
    }
    this.sealed.sort((a, b) => momentOf(a.path) - momentOf(b.path));
    return this.sealed.length > before;
  }

  /** Writes the hits in memory to the disk, if there are any and it works again. */
  save(): void {
    if (this.memory.length) this.store(this.memory.all, Date.now());
  }

  /** Writes the hits in memory to the disk, if possible, and leaves all files to the next client. */
  close(): void {
    this.isClosed = true;
    // Those that are being sent may not arrive. If they do, they count once by their ids.
    const lines = [...this.lent, ...this.memory.all];
    this.lent = [];
    if (lines.length && !this.store(lines, Date.now())) this.drop(lines.length, 'the disk cannot be written');
    this.writer.seal();
    this.folder.release();
  }

  /** Counts and reports hits that will never be sent. */
  drop(hits: number, why: string): void {
    if (!hits) return;
    this.dropped += hits;
    this.report(`${hits} hits dropped, ${this.dropped} so far: ${why}`);
  }

  /** Appends lines to the current file. False if that fails; then nothing is written for a while. */
  private store(lines: readonly string[], now: number): boolean {
    const text = lines.join('\n') + '\n';
    try {
      this.writer.sealIfNecessary(text.length, now);
      this.evictFor(text.length);
      this.writer.write(text, now);
      this.memory.take();
      this.diskPause = 0;
      return true;
    } catch (error) {
      if (!this.diskPause) this.report(`hits are kept in memory, because ${this.folder.path} cannot be written`, error);
      this.diskPause = performance.now() + DISK_PAUSE_MS;
      return false;
    }
  }

  /** Keeps hits that were added to a file while it was removed. */
  private keep(lines: readonly string[]): void {
    for (const line of lines) this.append(line, Date.now());
  }

  private add(segment: Segment): void {
    this.sealedBytes += segment.bytes;
    this.sealed.push(segment);
  }

  /** The hits of a file; undefined if it does not exist, since another process has taken it. */
  private async read(segment: Segment): Promise<string[] | 'unreadable' | undefined> {
    try {
      const { hits, damaged } = await readSegment(segment);
      this.troubles.delete(segment.path);
      this.drop(damaged, `${segment.path} is damaged`);
      return hits;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      // Perhaps too many files are open, or somebody has changed its owner for a moment.
      this.reportOnce(segment.path, `${segment.path} cannot be read`, error);
      return 'unreadable';
    }
  }

  private reportOnce(path: string, message: string, error: unknown): void {
    if (this.troubles.has(path)) return;
    this.troubles.add(path);
    this.report(message, error);
  }

  private noteEvicted(hits: number): void {
    this.drop(hits, 'the queue cannot be written, and the memory for hits is full');
  }

  private get bytes(): number {
    return this.sealedBytes + this.writer.bytes;
  }

  private evictFor(bytes: number): void {
    while (this.bytes + bytes > this.limits.maxBytes && this.sealed.length)
      void this.discard(this.sealed.shift()!, `the queue is full, at ${this.limits.maxBytes} bytes`);
  }

  private expire(): void {
    const oldest = Date.now() - this.limits.maxAge * 1000;
    // The clock of a machine without a battery begins in 1970, until it is set.
    const isOld = ({ path }: Segment): boolean => momentOf(path) < oldest && momentOf(path) >= EARLIEST_TIME * 1000;
    const old = this.sealed.filter(isOld);
    this.sealed = this.sealed.filter((segment) => !isOld(segment));
    for (const segment of old) void this.discard(segment, `they waited for more than ${this.limits.maxAge} seconds`);
  }

  private async discard(segment: Segment, why: string): Promise<void> {
    this.sealedBytes -= segment.bytes;
    const lines = await this.read(segment);
    try {
      this.keep(await removeSegment(segment));
    } catch {
      await unlink(segment.path).catch(() => {});
    }
    if (lines === 'unreadable') this.report(`${segment.bytes} bytes of hits dropped: ${why}`);
    else this.drop(lines?.length ?? 0, why);
  }
}
