import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { REPORTS_FILE } from './files.js';

const MEBIBYTE = 1024 * 1024;
/** Below this free space reports write nothing: it is for hits. */
const LEAST_FREE = 256 * MEBIBYTE;
/** Below this free space the files of reports are removed, in favour of hits. They are built again when there is space. */
const TOO_LITTLE = 128 * MEBIBYTE;
/** What a hit takes while reports are built: rows as they come, the log of DuckDB, and the new file beside them. */
const BYTES_OF_A_HIT = 150;
/** A new file beside the old one, and what is sorted on the disk meanwhile. */
const TIMES_OF_A_REWRITING = 2;

export type Room = 'enough' | 'little' | 'none';

/** The free space on the disk of a data folder, and how much of it reports may use. */
export class ReportDisk {
  constructor(private readonly folder: string) {}

  /** @param hits that are to be brought in */
  async roomFor(hits: number): Promise<Room> {
    const free = await this.free();
    if (free < TOO_LITTLE) return 'none';
    return free < LEAST_FREE + hits * BYTES_OF_A_HIT ? 'little' : 'enough';
  }

  async hasRoomToRewrite(): Promise<boolean> {
    const file = join(this.folder, REPORTS_FILE);
    const bytes = existsSync(file) ? statSync(file).size : 0;
    return (await this.free()) >= LEAST_FREE + TIMES_OF_A_REWRITING * bytes;
  }

  /** Hits go before what an owner asks for. */
  async hasRoomForSnapshot(): Promise<boolean> {
    return (await this.free()) >= LEAST_FREE;
  }

  private async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }
}
