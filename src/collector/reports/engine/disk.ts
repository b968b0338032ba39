import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { REPORTS_FILE } from './files.js';

const MEBIBYTE = 1024 * 1024;
/** Below this free space reports copy no hits and write no snapshots: the rest is for hits. Removals are applied in any case. */
export const LEAST_FREE_MEBIBYTES = 256;
const LEAST_FREE = LEAST_FREE_MEBIBYTES * MEBIBYTE;
/** Below this free space the files of reports are deleted, to free space for hits. They are built again when there is space. */
const TOO_LITTLE = 128 * MEBIBYTE;
/** The space for a hit while reports are built: its row in the file, in DuckDB's log, and in the new file. */
const BYTES_OF_A_HIT = 150;
/** The space for a rewriting, in sizes of the file: the new file, and temporary files for sorting. */
const TIMES_OF_A_REWRITING = 2;

export type FreeSpace = 'enough' | 'little' | 'none';

/** The free space with which reports copy so many hits. */
const neededFor = (hits: number): number => LEAST_FREE + hits * BYTES_OF_A_HIT;

/** The sentence for the owner if there is less. @param hits how many hits will be copied */
export function littleSpace(hits: number): string {
  const needed = Math.ceil(neededFor(hits) / MEBIBYTE);
  return `The disk of the data folder has little space left: reports continue when ${needed} MiB are free.`;
}

/** The free space on the disk of a data folder, and how much of it reports may use. */
export class ReportDisk {
  constructor(private readonly folder: string) {}

  /** @param hits how many hits will be copied */
  async spaceFor(hits: number): Promise<FreeSpace> {
    const free = await this.free();
    if (free < TOO_LITTLE) return 'none';
    return free < neededFor(hits) ? 'little' : 'enough';
  }

  async hasSpaceToRewrite(): Promise<boolean> {
    const file = join(this.folder, REPORTS_FILE);
    const bytes = existsSync(file) ? statSync(file).size : 0;
    return (await this.free()) >= LEAST_FREE + TIMES_OF_A_REWRITING * bytes;
  }

  /** Whether there is enough space for a snapshot. Space for hits is more important. */
  async hasSpaceForSnapshot(): Promise<boolean> {
    return (await this.free()) >= LEAST_FREE;
  }

  private async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }
}
