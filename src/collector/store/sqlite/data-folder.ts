import { accessSync, constants, existsSync, mkdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isForbidden } from './errors.js';

/** ENOENT is the answer of file systems in which no folder can be made, such as `/proc`. */
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'];

/** A new data folder is closed to other users of the machine: it has everything that is known of people. */
const PRIVATE = 0o700;

/**
 * Makes the data folder if it is missing, and checks that this process may write to it.
 * @param files files in the folder that must be writable if they exist
 * @throws Error with a sentence for the owner, if the folder or a file cannot be written
 */
export function prepareFolder(folder: string, files: readonly string[] = []): void {
  orSayWhose(folder, () => makeFolder(folder, PRIVATE));
  checkFolder(folder, files);
}

/**
 * Makes a folder, and those above it that are missing. With `recursive`, mkdirSync of Node never ends where an existing folder answers
 * with ENOENT.
 */
function makeFolder(folder: string, mode?: number): void {
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Checks that this process may write to the data folder. Nothing is made.
 * @throws Error with a sentence for the owner, if the folder or a file cannot be written
 */
export function checkFolder(folder: string, files: readonly string[] = []): void {
  orSayWhose(folder, () => {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const file of files.map((name) => join(folder, name))) {
      if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    }
  });
}

/** What work in a folder needs, and what to do if that is not permitted. */
const NEEDS = {
  written: 'Give the folder and its files to that user, or name another folder with --data.',
  read: 'Run the command as the owner of the folder or as root, or name another folder with --data.',
};

/**
 * Does some work in the data folder.
 * @throws Error with a sentence for the owner, if the folder cannot be written, or, for work that needs no more, cannot be read
 */
export function orSayWhose<T>(folder: string, work: () => T, needs: keyof typeof NEEDS = 'written'): T {
  try {
    return work();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (!FORBIDDEN.includes(code ?? '') && !isForbidden(error)) throw error;
    throw new Error(sentence(folder, path ?? folder, code, needs), { cause: error });
  }
}

/** @param path the folder, or a file or folder in or above it, that could not be written or read */
function sentence(folder: string, path: string, code: string | undefined, needs: keyof typeof NEEDS): string {
  const cannot = `The data folder ${folder} cannot be ${needs}${code === undefined ? '' : ` (${code})`}.`;
  const there = nearest(path);
  const broken = brokenLink(path, there);
  if (broken)
    return `${cannot} ${broken.link} is a link to ${broken.target}, which does not exist. If it is on another disk, mount that disk.`;
  const what = there === folder ? 'It' : there;
  const { uid, gid, mode } = statSync(there);
  const kind = statSync(there).isDirectory() ? '' : there === folder ? ' is not a folder and' : '';
  const reason =
    code === 'EROFS'
      ? `${what} is on a file system that is mounted for reading only`
      : `${what}${kind} belongs to ${user(uid)}, group ${gid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  return `${cannot} ${reason}; this process runs as ${user(process.geteuid?.())}. ${NEEDS[needs]}`;
}

/**
 * The first missing part of a path, if it is a link to what does not exist. What cannot be looked up may exist.
 * @param there the part that exists
 */
function brokenLink(path: string, there: string): { link: string; target: string } | undefined {
  let link = path;
  while (link !== there && dirname(link) !== there) link = dirname(link);
  try {
    statSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return linkAt(link);
  }
  return undefined;
}

function linkAt(link: string): { link: string; target: string } | undefined {
  try {
    return { link, target: readlinkSync(link) };
  } catch {
    // Nothing is there at all.
    return undefined;
  }
}

/** The path itself, or else the nearest folder above it that exists. */
export function nearest(path: string): string {
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

/** The number of a user, with the name if the system knows it. */
function user(uid: number | undefined): string {
  if (uid === undefined) return 'another user';
  let name: string | undefined;
  try {
    name = new RegExp(`^([^:]+):[^:]*:${uid}:`, 'm').exec(readFileSync('/etc/passwd', 'utf8'))?.[1];
  } catch {
    // Not every system has /etc/passwd.
  }
  return name === undefined ? `user ${uid}` : `user ${uid} (${name})`;
}
