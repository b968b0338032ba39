import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isHeld, lockFile } from '../store/sqlite/file-lock.js';

/** In the data folder: a folder for each command that works on a snapshot, as long as it does. */
const SNAPSHOTS = 'reports.snapshots';

/** A command that has just made its folder has not locked it yet: who makes one, or removes some, has this lock. */
const DOOR = 'lock';
/** How long others are waited for, who make or remove folders. */
const PATIENCE_MS = 30_000;

/** In the folder of a command, and locked by it: the system gives the lock back however the command ends. */
const LOCK = 'lock';

export interface SnapshotFolder {
  /** By which the engine knows it: the data folder may have another address there. */
  name: string;
  path: string;
  /** Removes it. */
  remove(): void;
}

/** Makes a folder that only this user may look into, and removes those of commands that were killed. */
export function makeSnapshotFolder(data: string): SnapshotFolder {
  const parent = join(data, SNAPSHOTS);
  mkdirSync(parent, { recursive: true });
  chmodSync(parent, 0o700);
  const door = lockFile(join(parent, DOOR), PATIENCE_MS);
  try {
    removeLeft(parent);
    // Only its owner may look into it, by what mkdtemp says.
    const path = mkdtempSync(join(parent, 'snapshot-'));
    const lock = lockFile(join(path, LOCK), 0);
    const remove = (): void => {
      lock.close();
      rmSync(path, { recursive: true, force: true });
    };
    return { name: basename(path), path, remove };
  } finally {
    door.close();
  }
}

/** Removes what commands have left that were killed: it is data of people. */
export function removeLeftSnapshots(data: string): void {
  const parent = join(data, SNAPSHOTS);
  if (!existsSync(parent)) return;
  const door = lockFile(join(parent, DOOR), PATIENCE_MS);
  try {
    removeLeft(parent);
  } finally {
    door.close();
  }
}

/** Where the engine writes. @throws Error for a name that is none */
export function snapshotFolder(data: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) throw new Error('This is not the name of a snapshot.');
  return join(data, SNAPSHOTS, name);
}

function removeLeft(parent: string): void {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(parent, entry.name);
    if (isInUse(path)) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function isInUse(folder: string): boolean {
  try {
    lockFile(join(folder, LOCK), 0).close();
    return false;
  } catch (error) {
    return isHeld(error);
  }
}
