import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportKind } from '../../../protocol/reports.js';
import { ReportSource } from '../../store/embedded/report-source.js';
import { DATABASE_FILE } from '../../store/embedded/schema.js';
import { openDatabase, type Database } from '../../store/sqlite/database.js';
import { building } from '../no-report.js';
import { removeLeftSnapshots } from '../snapshot-folders.js';
import type { Snapshot, SnapshotRequest } from '../snapshot-format.js';
import { ReportDatabase, type DatabaseLimits } from './database.js';
import { ReportDisk } from './disk.js';
import { Feed } from './feed.js';
import { Follower, INTERVAL_MS } from './follower.js';
import { Merges } from './merges.js';
import { Names } from './names.js';
import { Questions } from './questions.js';
import { Removals } from './removals.js';
import { Rewriter } from './rewriter.js';
import type { SiteSettings } from '../site-settings.js';
import { Sites } from './sites.js';
import { Snapshots } from './snapshots.js';
import { readState, type State } from './state.js';
import { OtherSettings, UnusableReports } from './unusable-reports.js';
import { rowsOf } from './values.js';

/** How long a question waits for reports that are being built: a small store needs less, and a page soon shows the progress. */
const PATIENCE_MS = 1000;

export interface EngineOptions {
  /** The data folder. */
  folder: string;
  limits: DatabaseLimits;
  /** How long a question may take, in seconds. */
  timeLimit: number;
  settings: (key: string) => SiteSettings;
  /** Shorter in tests. */
  intervalMs?: number | undefined;
  /** How long values of hits that `retention` has removed may stay in the file. Shorter in tests. */
  expiredStayMs?: number | undefined;
  /** For each key, the time before which hits are removed, Unix seconds. */
  expired: Record<string, number>;
  onError: (error: unknown) => void;
  /** Called if an interrupted question does not end. Then the process must be ended. */
  onStuck: () => void;
  /** Called with a sentence for the owner about the progress of reports. */
  onNotice: (sentence: string) => void;
}

/** The engine of reports: its database, the feed that copies hits into it, and the questions that it answers. */
export class Engine {
  private readonly merges = new Merges();
  private readonly names = new Names();
  private readonly feed: Feed;
  private readonly follower: Follower;
  private readonly removals: Removals;
  private readonly rewriter: Rewriter;
  private readonly questions: Questions;
  private readonly snapshots: Snapshots;

  private constructor(
    private readonly options: EngineOptions,
    private readonly db: Database,
    source: ReportSource,
    private readonly database: ReportDatabase,
    state: State,
    sites: Sites,
  ) {
    const { names, merges } = this;
    const { folder, intervalMs = INTERVAL_MS, expiredStayMs, settings, timeLimit } = options;
    const { onError, onNotice, onStuck } = options;
    const disk = new ReportDisk(folder);
    const siteOf = (key: string): number => sites.numberOf(key);
    const asOf = (): number => this.asOf;
    const onChanged = (sites?: ReadonlySet<number>): void => this.questions.changed(sites);
    const feed = new Feed({ source, database, names, merges, counting: (key) => settings(key).counting }, state, sites);
    this.feed = feed;
    database.onTablesChanged = (connection) => this.load(connection);
    this.follower = new Follower({
      ...{ feed, source, disk, intervalMs, onChanged, onError, onNotice },
      onDone: async () => {
        await this.applyFailed();
        this.rewriter.beginIfDue();
      },
    });
    this.removals = new Removals({
      ...{ database, source, feed, sites, merges },
      onRemoved: () => {
        removeLeft(options);
        onChanged();
        this.rewriter.removed();
      },
    });
    this.rewriter = new Rewriter({ feed, database, disk, names, intervalMs, expiredStayMs, onChanged, onError });
    this.questions = new Questions({
      ...{ database, names, timeLimit, settings, siteOf, asOf, removals: this.removals, onStuck },
    });
    this.snapshots = new Snapshots({ folder, database, disk, siteOf, asOf, removals: this.removals, onStuck });
  }

  /**
   * Opens the reports of a folder, or begins new ones.
   * @throws if they cannot be opened: then the process must end, see openingFault
   */
  static async open(options: EngineOptions): Promise<Engine> {
    removeLeft(options);
    const database = await ReportDatabase.open(options.folder, options.limits);
    const db = openDatabase(join(options.folder, DATABASE_FILE));
    const sites = new Sites();
    const source = new ReportSource(db, (site) => options.settings(sites.keyOf(site) ?? '').counting);
    const kept = await database.read(readState);
    const state = kept ?? (await Feed.create(database, source));
    const rows = await database.read((connection) => rowsOf(connection, 'SELECT * FROM sites'));
    for (const { site, key, counting } of rows) {
      sites.add(site as number, key as string);
      if (options.settings(key as string).counting !== counting) throw new OtherSettings();
    }
    const engine = new Engine(options, db, source, database, state, sites);
    await database.read((connection) => engine.load(connection));
    if (kept) await engine.resume();
    engine.follower.start();
    return engine;
  }

  /** Resolves when all hits that existed at the start are copied. */
  get built(): Promise<void> {
    return this.follower.built;
  }

  /** From 0 to 1 while the hits that existed at the start are copied; undefined when they are. */
  get progress(): number | undefined {
    return this.asOf ? undefined : this.feed.progress;
  }

  /** Answers contain the hits up to this time, Unix seconds; 0 while there are no answers. */
  get asOf(): number {
    return this.follower.asOf;
  }

  /** @returns the answer as JSON @throws NoReport */
  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    await this.ready();
    return this.questions.ask(kind, key, question, signal);
  }

  /** Writes a site's events and people as files, in one state. @throws NoReport */
  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    await this.ready();
    return this.snapshots.write(request, signal);
  }

  /**
   * Removes an erased person, by identities. @returns whether all is done; if not, values stay in the file until it is written
   * again
   */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    await this.removals.forget(key, names);
    // If `retention` removed some of the person's hits before, their values may be in the file, too.
    this.rewriter.hurry();
    return !this.feed.state.stale;
  }

  /** Removes a site's hits that happened before a time, and identities without other hits, which the store has removed. */
  expire(key: string, before: number): Promise<void> {
    return this.removals.expire(key, before);
  }

  /** Compares with the store, to find people who were removed or merged. */
  async compare(): Promise<void> {
    if (await this.removals.compare()) this.rewriter.hurry();
  }

  /** Resolves when the file contains no values of removed people. */
  rewritten(): Promise<void> {
    return this.rewriter.rewritten();
  }

  async close(): Promise<void> {
    const ended = [this.follower.close(), this.rewriter.close()];
    // Interrupts running questions, which closing would wait for.
    this.questions.close();
    this.snapshots.close();
    await Promise.all(ended);
    await this.database.close();
    this.db.close();
  }

  /** Resolves when all hits are copied. For a small store that takes less time than this waits. @throws NoReport */
  private async ready(): Promise<void> {
    if (this.progress !== undefined) await Promise.race([this.built, wait(PATIENCE_MS, undefined, { ref: false })]);
    const { progress } = this;
    if (progress !== undefined) throw building(progress, this.follower.obstacle);
    await this.applyFailed();
  }

  private async applyFailed(): Promise<void> {
    if (await this.removals.applyFailed()) this.rewriter.hurry();
  }

  /** Applies the removals that happened while this process did not run, before any question is answered. */
  private async resume(): Promise<void> {
    await this.removals.catchUp(this.options.expired);
    this.rewriter.hurry();
    if (!(await this.feed.resume())) throw new UnusableReports('The file of reports does not match this store.');
  }

  /** Reads the description of the tables. */
  private async load(connection: DuckDBConnection): Promise<void> {
    await this.names.load(connection);
    await this.merges.load(connection);
  }
}

/** Removes snapshots that killed commands have left: they may contain people who were removed. */
function removeLeft({ folder, onError }: EngineOptions): void {
  try {
    removeLeftSnapshots(folder);
  } catch (error) {
    onError(error);
  }
}
