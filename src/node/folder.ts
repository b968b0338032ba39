import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmdirSync } from 'node:fs';
import { readdir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { nanoid } from 'nanoid';

/** A process that has not touched its folder for this long counts as gone; a folder is touched every 20 seconds. */
const ABANDONED_MS = 90_000;
/** A process that has not touched its own folder for this long checks whether the folder is still there before it writes. */
const DOUBTFUL_MS = 30_000;

const OWNER = /^([0-9a-f]{10})-(\d+)-[\w-]{8}$/;
/** What a client left behind when it was closed: free to take. */
const LEFT = 'left-';
/** The moment by the clock of its process, in Unix milliseconds, and the client. A clock may be at any year. */
const SEGMENT = /^-?\d+-[\w-]{8}\.hits$/;

/** Behind the name of a file that takes the place of another once it is whole. */
export const UNFINISHED = '.new';

/** The moment that a segment was begun, by its path. */
export function momentOf(path: string): number {
  return parseInt(basename(path));
}

/**
 * A client's own folder in the queue, named for the process: nobody else writes there, and when the process is gone
 * another takes what is in it, file by file, by renaming, of which one can succeed.
 *
 * That a process is gone is known at once where it ran on the same machine under the same process ids, and else, in
 * containers that share a volume, by the time of its folder. A process that only slept loses nothing: it looks before it
 * writes, and who has taken its file looks before removing it.
 */
export class Folder {
  readonly path: string;
  private readonly id = nanoid(8);
  private touched = 0;
  private latest = 0;

  constructor(private readonly root: string) {
    this.path = join(root, `${machine()}-${process.pid}-${this.id}`);
  }

  /** Makes the folder where it is missing; what is in it is for no other user's eyes. Throws what mkdir throws. */
  make(now: number): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    this.touched = now;
  }

  /** The path of a new segment, which sorts behind all earlier ones. */
  newSegment(now: number): string {
    this.latest = Math.max(this.latest + 1, now);
    return join(this.path, `${this.latest}-${this.id}.hits`);
  }

  /** Whether somebody may have taken this process for gone. */
  isDoubtful(now: number): boolean {
    return Math.abs(now - this.touched) > DOUBTFUL_MS;
  }

  /** Says that the process is there. */
  async touch(): Promise<void> {
    const now = Date.now();
    await utimes(this.path, now / 1000, now / 1000).then(
      () => (this.touched = now),
      () => {},
    );
  }

  /** Takes the segments of processes that are gone. @returns their paths */
  async adopt(): Promise<string[]> {
    const taken: string[] = [];
    // A missing or unreadable queue contains nothing to take; a write into it reports the error.
    for (const name of await readdir(this.root).catch(() => [])) {
      const other = join(this.root, name);
      if (other === this.path || !(await isOrphan(name, other))) continue;
      for (const file of await readdir(other).catch(() => [])) {
        if (file.endsWith(UNFINISHED)) await unlink(join(other, file)).catch(() => {});
        if (!SEGMENT.test(file)) continue;
        this.make(Date.now());
        const mine = join(this.path, file);
        const won = await rename(join(other, file), mine).then(
          () => true,
          () => false,
        );
        if (won) taken.push(mine);
      }
      await rmdir(other).catch(() => {});
    }
    return taken;
  }

  /** Leaves the files to the next process, and removes the folder if it is empty. */
  release(): void {
    try {
      rmdirSync(this.path);
    } catch {
      try {
        renameSync(this.path, join(this.root, LEFT + nanoid()));
      } catch {
        // It was never made.
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

/** Within what a process id means one process: this run of this machine, and on Linux this namespace of ids. */
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
