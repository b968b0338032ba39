import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isHeld, lockFile } from '../store/sqlite/file-lock.js';

/** A folder in the data folder. It contains a folder for each running command that works on a snapshot. */
const SNAPSHOTS = 'reports.snapshots';

/** The lock for making and removing folders: a command that has just made its folder has not locked it yet. */
const DOOR = 'lock';
/** How long to wait for others that make or remove folders. */
const PATIENCE_MS = 30_000;

/** A file in the folder of a command, and locked by it. The system releases the lock however the command ends. */
const LOCK = 'lock';

export interface SnapshotFolder {
  /** The name under which the engine finds the folder: its process may know the data folder by another path. */
  name: string;
  path: string;
  /** Removes the folder. */
  remove(): void;
}

/** Makes a folder that only this user can read, and removes folders of commands that were killed. */
export function makeSnapshotFolder(data: string): SnapshotFolder {
  const parent = join(data, SNAPSHOTS);
  mkdirSync(parent, { recursive: true });
  chmodSync(parent, 0o700);
  const door = lockFile(join(parent, DOOR), PATIENCE_MS);
  try {
    removeLeft(parent);
    // mkdtemp makes a folder that only its owner can read.
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

/** Removes folders that killed commands have left: they contain data of people. */
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

/** The path of a command's folder. @throws Error for an invalid name */
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
