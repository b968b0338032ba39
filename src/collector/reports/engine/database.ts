import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { Turns } from '../../store/model/turns.js';
import { quoteText } from '../quoting.js';
import { LOG, NEW, REPORTS_FILE, SPILL } from './files.js';
import { addFunctions } from './functions.js';
import { untilEnded } from './interruption.js';

const MEBIBYTE = 1024 * 1024;
/** What the process has besides DuckDB's own memory: Node, pages of hits on their way, and what DuckDB does not count. */
const OTHER_MEMORY_MEBIBYTES = 192;
/** DuckDB counts only a part of what it takes: with six tenths, a process went over 512 MiB while it brought in three million hits. */
const COUNTED_PART = 0.45;
const LEAST_MEMORY_MEBIBYTES = 128;

/** A snapshot's rows wait in as many parts of the memory as this, for each thread, until a group of them is written. */
const PARTS_OF_MEMORY = 16;

export interface DatabaseLimits {
  /** MiB of the whole process. */
  memory: number;
  threads: number;
}

/** A rewriting of the file was stopped because something else had to be written. It has to be started again. */
export class Interrupted extends Error {}

/** The file was given back, and could not be opened again: the process has to be started again. */
export class NoDatabase extends Error {}

/** What DuckDB is told to keep to, so that a process keeps to a limit; both in MiB. */
export function countedMemory(limit: number): number {
  return Math.max(LEAST_MEMORY_MEBIBYTES, Math.floor((limit - OTHER_MEMORY_MEBIBYTES) * COUNTED_PART));
}

/**
 * The one instance of DuckDB on `reports.duckdb`, in the one process that has it: a second one in a process is not refused, and rows are
 * lost then. All that writes goes through `write`, one after the other.
 */
export class ReportDatabase {
  private readonly turns = new Turns();
  /** What reads all of it, or writes all of it anew: questions would wait for both, behind one another. */
  private readonly wholes = new Turns();
  private instance!: DuckDBInstance;
  private writer!: DuckDBConnection;
  /** Running reads, and the functions that wait for their end. */
  private readers = 0;
  private replacing: Promise<void> | undefined;
  private onIdle: (() => void) | undefined;
  private filling: AbortController | undefined;
  /** Told, before anything else is written, when what was known of the tables may not hold: after a transaction that failed, and in a new file. */
  onTablesChanged: (connection: DuckDBConnection) => Promise<void> = async () => undefined;

  /** Names by codes, of the snapshot that is written. */
  propertyNames: ReadonlyMap<number, string> = new Map();

  private constructor(
    private readonly folder: string,
    private readonly limits: DatabaseLimits,
  ) {}

  /** @throws where the file cannot be read: after that the process has to end, since DuckDB's memory may be damaged */
  static async open(folder: string, limits: DatabaseLimits): Promise<ReportDatabase> {
    const database = new ReportDatabase(folder, limits);
    // A process that was killed has left them.
    for (const name of [NEW, `${NEW}.wal`]) rmSync(join(folder, name), { force: true });
    rmSync(join(folder, SPILL), { recursive: true, force: true });
    await database.connect();
    return database;
  }

  /** Runs something that writes, when all before it has ended, in a transaction of its own. */
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

  /** Runs something that reads, on a connection of its own, all of it on one state of the data. */
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

  /** The same for something that takes long: never while the file is written anew, which could not take its place meanwhile. */
  readAll<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.wholes.run(() => this.read(work));
  }

  /** Bytes that each of DuckDB's threads may keep to itself. */
  get memoryOfAPart(): number {
    return Math.floor((this.memory * MEBIBYTE) / PARTS_OF_MEMORY / this.limits.threads);
  }

  /**
   * Writes a new file and takes it in the place of this one: what was deleted is in no part of it. Nothing else writes meanwhile.
   * @param fill makes the tables of the attached database `fresh`
   * @throws Interrupted, NoDatabase
   */
  rewrite(fill: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    return this.wholes.run(() => this.turns.run(() => this.writeAnew(fill)));
  }

  /** Ends a rewriting that is under way, since something else has to be written at once. */
  interruptRewriting(): void {
    this.filling?.abort(new Interrupted());
  }

  /** Gives the file back; what runs is interrupted by whoever runs it. */
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
      // Whoever interrupts it waits for it to end, however long that takes.
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
      // Columns have moved: before anybody reads again.
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
