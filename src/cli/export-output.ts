import {
  closeSync,
  constants,
  createWriteStream,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removedOnSignals } from './signals.js';

/** Only the owner can read a file that contains data of people. */
const PRIVATE = 0o600;
/** For a file without such data, the process's umask says who can read it. */
const PUBLIC = 0o666;

/** The most links that are followed one after the other; as many as Linux follows. */
const MOST_LINKS = 40;

/** Ends without an error when the reader, such as `head`, stops reading. */
export async function toStandardOutput(lines: Readable): Promise<void> {
  await unlessClosed(pipeline(lines, process.stdout));
}

/**
 * Writes lines to a file. The file gets its name when it is complete and on disk; until then an existing file of that name stays.
 * A link is followed. A pipe or a device is written directly.
 * @param hasPeople whether it contains data of people
 * @throws Error if the file cannot be written; an existing file is then unchanged
 */
export async function toFile(lines: Readable, name: string, hasPeople = true): Promise<void> {
  if (name === '') throw new Error('--output is empty: it needs the name of a file.');
  const file = targetOf(name);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new Error(`${name} is a folder: name a file in it.`);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${name} cannot be created: there is no folder ${dirname(file)} (ENOENT).`);
  if (there && !there.isFile()) await writeInto(lines, file);
  else await replace(file, lines, hasPeople ? PRIVATE : PUBLIC);
}

/** Opening a pipe waits until a process reads from it. */
async function writeInto(lines: Readable, file: string): Promise<void> {
  await unlessClosed(pipeline(lines, createWriteStream(file, { flags: constants.O_WRONLY as unknown as string })));
}

async function replace(file: string, lines: Readable, mode: number): Promise<void> {
  removeLeftovers(file);
  const draft = `${file}.${process.pid}.part`;
  const keep = removedOnSignals(draft);
  try {
    await pipeline(lines, createWriteStream(draft, { mode }));
    const written = openSync(draft, 'r+');
    fsyncSync(written);
    closeSync(written);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new Error(`The disk has no space for ${file}: the part that was written is removed.`, { cause: error });
  } finally {
    keep();
  }
}

/** The target of a link, which need not exist yet. */
function targetOf(name: string): string {
  let file = resolve(name);
  for (let links = 0; lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink(); links++) {
    if (links === MOST_LINKS) throw new Error(`${name} is a link to something that does not exist.`);
    // Devices of a process, such as /dev/stdout, have links that lead to no name.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return file;
    file = resolve(realpathSync(dirname(file)), readlinkSync(file));
  }
  return file;
}

/** Removes unfinished files of commands that were killed: they contain data of people. */
function removeLeftovers(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    const pid =
      name.startsWith(`${basename(file)}.`) && /^(\d+)\.part$/.exec(name.slice(basename(file).length + 1))?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function unlessClosed(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
