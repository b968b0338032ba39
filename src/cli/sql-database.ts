import { rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance, StatementType, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import { countedMemory, type DatabaseLimits } from '../collector/reports/engine/database.js';
import { LEAST_FREE_MEBIBYTES, ReportDisk } from '../collector/reports/engine/disk.js';
import { quoteName, quoteText } from '../collector/reports/quoting.js';
import { SNAPSHOT_TABLES, snapshotFile } from '../collector/reports/snapshot-format.js';
import type { OpenSnapshot } from './snapshot.js';

const MEBIBYTE = 1024 * 1024;
/** The part of the free disk space that a query may use for temporary files. The collector uses the same disk. */
const SPILLED_PART = 0.5;

/** How often the free disk space is checked while an answer is written there. */
const DISK_INTERVAL_MS = 100;

/** The kinds of statements that questions need. After `open`, none of them can use files or extensions, or change settings. */
const ADMITTED = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.CREATE,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.ALTER,
  StatementType.DROP,
  StatementType.SET,
]);

const WHAT_SQL_SEES = "SQL can read the site's hits and nothing else";

/** A file in the folder of the snapshot, with the answer for `--out` until it is copied. */
const OUT = 'out.parquet';

/**
 * DuckDB in memory, in the command's own process, with the views of a snapshot. SQL can read only these views: no files, no
 * network. It can change no settings.
 */
export class SqlDatabase {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly out: string,
  ) {}

  static async open(snapshot: OpenSnapshot, limits: DatabaseLimits): Promise<SqlDatabase> {
    const { bavail, bsize } = statfsSync(snapshot.path);
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(limits.threads),
      memory_limit: `${countedMemory(limits.memory) * MEBIBYTE}B`,
      temp_directory: join(snapshot.path, 'spill'),
      max_temp_directory_size: `${Math.floor((bavail * bsize * SPILLED_PART) / MEBIBYTE)}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const files = SNAPSHOT_TABLES.map((table) => join(snapshot.path, snapshotFile(table)));
    const out = join(snapshot.path, OUT);
    await connection.run(`SET allowed_paths = [${[...files, out].map(quoteText).join(', ')}]`);
    // Times of hits are UTC, without a time zone. `now()` must be UTC as well, not in the time zone of the machine.
    for (const setting of ["TimeZone = 'UTC'", 'enable_external_access = false'])
      await connection.run(`SET ${setting}`);
    for (const [index, table] of SNAPSHOT_TABLES.entries())
      await connection.run(
        `CREATE VIEW ${table} AS ${viewOf(files[index]!, table === 'events' ? snapshot.inMap : [])}`,
      );
    await connection.run('SET lock_configuration = true');
    return new SqlDatabase(instance, connection, out);
  }

  /**
   * Runs statements one after the other. The next one is run when the caller has read the rows of the one before, or skips them.
   * @throws Error with DuckDB's own message
   */
  async *run(text: string): AsyncGenerator<{ result: DuckDBResult; isLast: boolean }> {
    const statements = await this.connection.extractStatements(text);
    for (let index = 0; index < statements.count; index++) {
      const statement = await statements.prepare(index).catch(explain);
      try {
        admit(statement.statementType);
        yield { result: await statement.stream(), isLast: index === statements.count - 1 };
      } finally {
        statement.destroySync();
      }
    }
  }

  /** Writes the answer to one question as Parquet. @returns the file, which is removed with the snapshot */
  async parquet(text: string): Promise<string> {
    const statements = await this.connection.extractStatements(text);
    if (statements.count !== 1) throw new Error('--out FILE.parquet accepts one statement only.');
    const full = new AbortController();
    const disk = new ReportDisk(dirname(this.out));
    const look = async (): Promise<void> => {
      if (full.signal.aborted || (await disk.hasSpaceForSnapshot())) return;
      full.abort();
      this.interrupt();
    };
    const watch = setInterval(() => void look().catch(() => undefined), DISK_INTERVAL_MS);
    try {
      await this.connection.run(
        `COPY (FROM query(${quoteText(text)})) TO ${quoteText(this.out)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      return this.out;
    } catch (error) {
      rmSync(this.out, { force: true });
      if (!full.signal.aborted) throw error;
      throw new Error(
        `The disk of the data folder has no space for the answer: ${LEAST_FREE_MEBIBYTES} MiB have to stay free for hits. ` +
          'Ask for fewer rows or columns; an answer as .csv or .json is not written to that disk first.',
        { cause: error },
      );
    } finally {
      clearInterval(watch);
    }
  }

  /** Ends the current statement. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/**
 * A view of a file. Properties in the map become columns, computed only if a question names them. With `hive_partitioning` a
 * folder such as `site=1` in the path would become a column.
 */
function viewOf(file: string, inMap: readonly string[]): string {
  const from = `FROM read_parquet(${quoteText(file)}, hive_partitioning = false)`;
  if (!inMap.length) return from;
  const columns = inMap.map((name) => `properties[${quoteText(name)}] AS ${quoteName(name)}`);
  return `SELECT * EXCLUDE (properties), ${columns.join(', ')}, properties ${from}`;
}

function admit(type: StatementType): void {
  if (ADMITTED.has(type)) return;
  throw new Error(`${StatementType[type]} is not allowed: ${WHAT_SQL_SEES}.`);
}

/** For a statement that reads or writes a file, DuckDB's message names a setting. This adds what the owner can do instead. */
function explain(error: unknown): never {
  const { message } = error as Error;
  if (!message.startsWith('Permission Error')) throw error;
  const instead = `${WHAT_SQL_SEES}. \`--out FILE\` writes the answer to a statement into a file.`;
  throw new Error(`${message}\n\n${instead}`, { cause: error });
}
