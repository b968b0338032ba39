import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { Turns } from '../../store/model/turns.js';
import { quoteText } from '../quoting.js';
import { LOG, NEW, REPORTS_FILE, SPILL } from './files.js';
import { addFunctions } from './functions.js';
import { untilEnded } from './interruption.js';

const MEBIBYTE = 1024 * 1024;
/** The memory of the process besides DuckDB's: Node, pages of hits that are being copied, and memory that DuckDB does not count. */
const OTHER_MEMORY_MEBIBYTES = 192;
/** DuckDB counts only a part of its memory. With 0.6, a process exceeded 512 MiB while it copied three million hits. */
const COUNTED_PART = 0.45;
const LEAST_MEMORY_MEBIBYTES = 128;

/** The rows of a snapshot's groups may take one sixteenth of the memory, in all threads together. */
const PARTS_OF_MEMORY = 16;

export interface DatabaseLimits {
  /** MiB of the whole process. */
  memory: number;
  threads: number;
}

/** The rewriting of the file was interrupted, because another write was urgent. It must be started again. */
export class Interrupted extends Error {}

/** The file was closed and could not be opened again: the process must be restarted. */
export class NoDatabase extends Error {}

/** DuckDB's `memory_limit` for a limit of the whole process; both in MiB. */
export function countedMemory(limit: number): number {
  return Math.max(LEAST_MEMORY_MEBIBYTES, Math.floor((limit - OTHER_MEMORY_MEBIBYTES) * COUNTED_PART));
}

/**
 * The only instance of DuckDB on `reports.duckdb`. DuckDB does not refuse a second instance in one process, but then rows are
 * lost. All writes are made by `write` and `rewrite`, one after the other.
 */
export class ReportDatabase {
  private readonly turns = new Turns();
  /**
   * A rewriting can replace the file only when all reads have ended, and new reads wait until it has. So work that reads the whole
   * file takes turns with rewritings: otherwise questions would wait for both.
   */
  private readonly wholes = new Turns();
  private instance!: DuckDBInstance;
  private writer!: DuckDBConnection;
  /** Running reads, and the functions that wait for their end. */
  private readers = 0;
  private replacing: Promise<void> | undefined;
  private onIdle: (() => void) | undefined;
  private filling: AbortController | undefined;
  /**
   * Called before the next write, when data about the tables in memory may be wrong: after a failed transaction, and in a new file.
   */
  onTablesChanged: (connection: DuckDBConnection) => Promise<void> = async () => undefined;

  /** Names of properties by code, for the snapshot that is being written. */
  propertyNames: ReadonlyMap<number, string> = new Map();

  private constructor(
    private readonly folder: string,
    private readonly limits: DatabaseLimits,
  ) {}

  /** @throws if the file cannot be read: then the process must end, since DuckDB's memory may be corrupt */
  static async open(folder: string, limits: DatabaseLimits): Promise<ReportDatabase> {
    const database = new ReportDatabase(folder, limits);
    // Left by a process that was killed.
    for (const name of [NEW, `${NEW}.wal`]) rmSync(join(folder, name), { force: true });
    rmSync(join(folder, SPILL), { recursive: true, force: true });
    await database.connect();
    return database;
  }

  /** Runs work that writes, in its own transaction, after all earlier writes. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.turns.run(async () => {
      await this.writer.run('BEGIN');
      try {
        const result = await work(this.writer);
        await this.writer.run('COMMIT');
        return result;
      } catch (error) {
        // After a fatal error the transaction no longer exists.
        await this.writer.run('ROLLBACK').catch(() => undefined);
        await this.onTablesChanged(this.writer).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Runs work that reads, on its own connection, all in one state of the data. */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    while (this.replacing) await this.replacing;
    this.readers += 1;
    try {
      const connection = await this.instance.connect();
      try {
        await connection.run('BEGIN TRANSACTION READ ONLY');
        return await work(connection);
      } finally {
        connection.closeSync();
      }
    } finally {
      this.readers -= 1;
      if (!this.readers) this.onIdle?.();
    }
  }

  /** The same for work that takes long. It never runs during a rewriting, which could not replace the file meanwhile. */
  readAll<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.wholes.run(() => this.read(work));
  }

  /** How many bytes each of DuckDB's threads may buffer. */
  get memoryOfAPart(): number {
    return Math.floor((this.memory * MEBIBYTE) / PARTS_OF_MEMORY / this.limits.threads);
  }

  /**
   * Writes a new file and replaces this one by it, so that deleted data is in no part of the file. No other write runs meanwhile.
   * @param fill makes the tables of the attached database `fresh`
   * @throws Interrupted, NoDatabase
   */
  rewrite(fill: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    return this.wholes.run(() => this.turns.run(() => this.writeAnew(fill)));
  }

  /** Interrupts a running rewriting, because another write is urgent. */
  interruptRewriting(): void {
    this.filling?.abort(new Interrupted());
  }

  /** Closes the file. Callers must interrupt their own running work. */
  async close(): Promise<void> {
    await this.wholes.ended();
    await this.turns.ended();
    this.disconnect();
  }

  private async writeAnew(fill: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    const fresh = join(this.folder, NEW);
    const { signal } = (this.filling = new AbortController());
    try {
      await this.writer.run(`ATTACH ${quoteText(fresh)} AS fresh`);
      await this.writer.run('BEGIN');
      // If it does not end soon after an interruption, that is no fault: the next write waits.
      await untilEnded(
        this.writer,
        signal,
        () => undefined,
        () => fill(this.writer),
      );
      this.filling = undefined;
      await this.writer.run('COMMIT');
      await this.writer.run('CHECKPOINT fresh');
      await this.writer.run('DETACH fresh');
    } catch (error) {
      await this.writer.run('ROLLBACK').catch(() => undefined);
      await this.writer.run('DETACH fresh').catch(() => undefined);
      for (const name of [NEW, `${NEW}.wal`]) rmSync(join(this.folder, name), { force: true });
      throw error;
    } finally {
      this.filling = undefined;
    }
    if (existsSync(`${fresh}.wal`)) throw new Error('DuckDB has left a log beside the file that it has written.');
    await this.replace(fresh);
  }

  /** DuckDB's `memory_limit`, in MiB. */
  private get memory(): number {
    return countedMemory(this.limits.memory);
  }

  private async replace(fresh: string): Promise<void> {
    let replaced!: () => void;
    this.replacing = new Promise((resolve) => (replaced = resolve));
    try {
      if (this.readers) await new Promise<void>((resolve) => (this.onIdle = resolve));
      this.disconnect();
      // The write-ahead log of the old file must not be applied to the new one.
      rmSync(join(this.folder, LOG), { force: true });
      renameSync(fresh, join(this.folder, REPORTS_FILE));
      await this.connect();
      // Columns have changed: this must be known before the next read.
      await this.onTablesChanged(this.writer);
    } catch (error) {
      throw new NoDatabase((error as Error).message, { cause: error });
    } finally {
      this.onIdle = undefined;
      this.replacing = undefined;
      replaced();
    }
  }

  private async connect(): Promise<void> {
    const spill = join(this.folder, SPILL);
    mkdirSync(spill, { recursive: true });
    this.instance = await DuckDBInstance.create(join(this.folder, REPORTS_FILE), {
      threads: String(this.limits.threads),
      memory_limit: `${this.memory * MEBIBYTE}B`,
      temp_directory: spill,
      preserve_insertion_order: 'false',
      // Extensions that are not built in would be loaded over the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    this.writer = await this.instance.connect();
    addFunctions(this.writer, (code) => this.propertyNames.get(code) ?? '');
  }

  private disconnect(): void {
    this.writer.closeSync();
    this.instance.closeSync();
  }
}
