import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportKind } from '../../../protocol/reports.js';
import { ReportSource } from '../../store/embedded/report-source.js';
import { DATABASE_FILE } from '../../store/embedded/schema.js';
import { openDatabase, type Database } from '../../store/sqlite/database.js';
import { NoReport } from '../no-report.js';
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
import type { SiteSettings } from './settings.js';
import { Sites } from './sites.js';
import { Snapshots } from './snapshots.js';
import { readState, type State } from './state.js';
import { UnusableReports } from './unusable-reports.js';
import { rowsOf } from './values.js';

/** How long a question waits for reports that are being built. */
const PATIENCE_MS = 2000;

export interface EngineOptions {
  /** The data folder. */
  folder: string;
  limits: DatabaseLimits;
  /** How long a question may take, in seconds. */
  timeLimit: number;
  settings: (key: string) => SiteSettings;
  /** Another interval only where tests have none to wait. */
  intervalMs?: number | undefined;
  /** Hits of a site that happened before a time are gone: sites by their keys, Unix seconds. */
  expired: Record<string, number>;
  onError: (error: unknown) => void;
  /** Called if an interrupted question does not end. Then only the end of the process ends it. */
  onStuck: () => void;
  /** Called with a sentence for the owner about the progress of reports. */
  onNotice: (sentence: string) => void;
}

/** The engine of reports: its database, what feeds it, and what answers from it. */
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
    const { folder, intervalMs = INTERVAL_MS, settings, timeLimit, onError, onNotice, onStuck } = options;
    const disk = new ReportDisk(folder);
    const siteOf = (key: string): number => sites.numberOf(key);
    const asOf = (): number => this.asOf;
    const onChanged = (sites?: ReadonlySet<number>): void => this.questions.changed(sites);
    const feed = new Feed({ source, database, names, merges, counting: (key) => settings(key).counting }, state, sites);
    this.feed = feed;
    database.onTablesChanged = (connection) => this.load(connection);
    this.follower = new Follower({
      ...{ feed, source, disk, intervalMs, onChanged, onError, onNotice },
      onDone: () => this.rewriter.beginIfDue(),
    });
    this.removals = new Removals({
      ...{ database, source, feed, sites, merges },
      onRemoved: () => {
        removeLeft(options);
        onChanged();
        this.rewriter.beginIfDue();
      },
    });
    this.rewriter = new Rewriter({ feed, database, disk, names, intervalMs, onChanged, onError });
    this.questions = new Questions({
      ...{ database, names, timeLimit, settings, siteOf, asOf, removals: this.removals, onStuck },
    });
    this.snapshots = new Snapshots({ folder, database, disk, siteOf, asOf, removals: this.removals, onStuck });
  }

  /**
   * Opens the reports of a folder, or begins new ones.
   * @throws where they cannot be opened: then the process has to end, see openingFault
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
      if (options.settings(key as string).counting !== counting)
        throw new UnusableReports('The setting "counting" of a site has changed.');
    }
    const engine = new Engine(options, db, source, database, state, sites);
    await database.read((connection) => engine.load(connection));
    if (kept) await engine.resume();
    engine.follower.start();
    return engine;
  }

  /** From 0 to 1, while the hits that were there are brought in; undefined when they are. */
  get progress(): number | undefined {
    return this.asOf ? undefined : this.feed.progress;
  }

  /** Up to when hits are in answers, Unix seconds; 0 before there are any. */
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

  /** Somebody was erased, under these names. @returns whether all is done: else their values are in the file until it is written anew */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    await this.removals.forget(key, names);
    return !this.feed.state.stale;
  }

  /** Hits of a site that happened before a time were removed, and identities that have no others. */
  expire(key: string, before: number): Promise<void> {
    return this.removals.expire(key, before);
  }

  /** Looks for people who were removed, and for people who have been merged. */
  compare(): Promise<void> {
    return this.removals.compare();
  }

  /** Resolves when no value of who was removed is in the file. */
  rewritten(): Promise<void> {
    return this.rewriter.rewritten();
  }

  async close(): Promise<void> {
    const ended = [this.follower.close(), this.rewriter.close()];
    // What runs would be waited for.
    this.questions.close();
    this.snapshots.close();
    await Promise.all(ended);
    await this.database.close();
    this.db.close();
  }

  /** Resolves when all hits are in, which a small store's are before anybody would ask again. @throws NoReport */
  private async ready(): Promise<void> {
    if (this.progress !== undefined)
      await Promise.race([this.follower.built, wait(PATIENCE_MS, undefined, { ref: false })]);
    const { progress } = this;
    if (progress === undefined) return;
    const percent = Math.floor(progress * 100);
    const error = `Reports are being built: they include ${percent} % of the hits.`;
    throw new NoReport(503, { error, code: 'building', member: '', progress });
  }

  /** What was removed while nobody looked is gone before anything is answered. */
  private async resume(): Promise<void> {
    await this.removals.catchUp(this.options.expired);
    if (!(await this.feed.resume())) throw new UnusableReports('The file of reports does not match this store.');
  }

  /** Reads the description of the tables. */
  private async load(connection: DuckDBConnection): Promise<void> {
    await this.names.load(connection);
    await this.merges.load(connection);
  }
}

/** What commands have left that were killed may be of somebody who is removed. */
function removeLeft({ folder, onError }: EngineOptions): void {
  try {
    removeLeftSnapshots(folder);
  } catch (error) {
    onError(error);
  }
}
