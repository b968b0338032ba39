import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { readdir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { nanoid } from 'nanoid';
import { UNFINISHED, type Segment } from './segment.js';

/** A process that has not touched its folder for this long counts as ended; each process touches its folder every 20 seconds. */
const ABANDONED_MS = 90_000;
/** A process that has not touched its own folder for this long checks before it writes whether its file is still there. */
const DOUBTFUL_MS = 30_000;

const OWNER = /^([0-9a-f]{10})-(\d+)-[\w-]{8}$/;
/** Prefix of the folder of a client that was closed: any process may take its files. */
const LEFT = 'left-';
/** The name of a segment: the time by the clock of its process, in Unix milliseconds, and the client. The clock may be wrong. */
const SEGMENT = /^-?\d+-[\w-]{8}\.hits$/;

/** When a segment was begun, in Unix milliseconds, by its path. */
export function momentOf(path: string): number {
  return parseInt(basename(path));
}

/**
 * Makes a folder, and those above it that are missing. With `recursive`, mkdirSync of Node never returns on a file system that answers
 * ENOENT although the folder above exists, such as `/proc`: the application would hang.
 */
function makeFolder(path: string): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * A client's own folder in the queue, named after the process. No other process writes into it. When the process has ended,
 * another one takes its files, each by a rename: if two try the same file, only one succeeds.
 *
 * On the same machine and in the same namespace of process ids, it is known at once that a process has ended. Elsewhere, such as in
 * containers that share a volume, the time of its folder tells. A process that was only suspended loses nothing: it checks before
 * it writes, and a process that has taken one of its files checks the file before removing it.
 */
export class Folder {
  readonly path: string;
  private readonly id = nanoid(8);
  private touched = 0;
  private latest = 0;

  constructor(private readonly root: string) {
    this.path = join(root, `${machine()}-${process.pid}-${this.id}`);
  }

  /** Makes the folder if it is missing. Other users cannot read it. Throws what mkdir throws. */
  make(now: number): void {
    makeFolder(this.path);
    this.touched = now;
  }

  /** The path of a new segment, which sorts after all earlier ones. */
  newSegment(now: number): string {
    this.latest = Math.max(this.latest + 1, now);
    return join(this.path, `${this.latest}-${this.id}.hits`);
  }

  /** Whether another process may believe that this one has ended. */
  isDoubtful(now: number): boolean {
    return Math.abs(now - this.touched) > DOUBTFUL_MS;
  }

  /** Shows other processes that this one is running. */
  async touch(): Promise<void> {
    const now = Date.now();
    await utimes(this.path, now / 1000, now / 1000).then(
      () => (this.touched = now),
      // The folder is gone, perhaps since another process believes that this one has ended.
      () => (this.touched = -Infinity),
    );
  }

  /**
   * The segments of processes that have ended, oldest first. Any process may take them.
   * @param fault called with a folder that cannot be read
   */
  async orphans(fault: (path: string, error: unknown) => void): Promise<Segment[]> {
    const found: Segment[] = [];
    const list = (path: string, isFine: (code?: string) => boolean): Promise<string[]> =>
      readdir(path).catch((error: NodeJS.ErrnoException) => {
        if (!isFine(error.code)) fault(path, error);
        return [];
      });
    // If the queue is no folder, a write into it will report the error.
    for (const name of await list(this.root, (code) => code === 'ENOENT' || code === 'ENOTDIR')) {
      const other = join(this.root, name);
      if (other === this.path || !(await isOrphan(name, other))) continue;
      const left = await this.leave(name);
      // If the folder does not exist, another process has taken it.
      for (const file of await list(left, (code) => code === 'ENOENT')) {
        const path = join(left, file);
        if (file.endsWith(UNFINISHED)) await unlink(path).catch(() => {});
        if (!SEGMENT.test(file)) continue;
        const { size } = await stat(path).catch(() => ({ size: 0 }));
        found.push({ path, bytes: size });
      }
      await rmdir(left).catch(() => {});
    }
    return found.sort((a, b) => momentOf(a.path) - momentOf(b.path));
  }

  /**
   * Takes a segment of a process that has ended. Throws what mkdir and rename throw: ENOENT if another process was faster.
   * @returns its new path
   */
  async take(path: string): Promise<string> {
    this.make(Date.now());
    const mine = join(this.path, basename(path));
    await rename(path, mine);
    await rmdir(dirname(path)).catch(() => {});
    return mine;
  }

  /**
   * Gives the folder of a process that has ended the name of one that was left: taking some of its files changes its time, and it would
   * look like the folder of a running process again.
   * @returns the path of the folder
   */
  private leave(name: string): Promise<string> {
    const path = join(this.root, name);
    if (name.startsWith(LEFT)) return Promise.resolve(path);
    const left = join(this.root, LEFT + nanoid());
    return rename(path, left).then(
      () => left,
      () => path,
    );
  }

  /** Leaves the files to the next process, and removes the folder if it is empty. */
  release(): void {
    try {
      rmdirSync(this.path);
    } catch {
      try {
        renameSync(this.path, join(this.root, LEFT + nanoid()));
      } catch {
        // The folder was never made.
      }
    }
  }
}

async function isOrphan(name: string, path: string): Promise<boolean> {
  const [, where, pid] = OWNER.exec(name) ?? [];
  if (!where) return name.startsWith(LEFT);
  if (where === machine() && Number(pid) !== process.pid && !isAlive(Number(pid))) return true;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

let known = '';

/** Where a process id means one process: on this machine, and on Linux since its boot and in this namespace of ids. */
function machine(): string {
  if (known) return known;
  const facts = [
    hostname(),
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    attempt(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return (known = createHash('sha256').update(facts.join(' ')).digest('hex').slice(0, 10));
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
