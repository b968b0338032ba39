import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportKind } from '../../../protocol/reports.js';
import { ReportSource } from '../../store/embedded/report-source.js';
import { DATABASE_FILE } from '../../store/embedded/schema.js';
import { openDatabase, type Database } from '../../store/sqlite/database.js';
import { NoReport } from '../reports.js';
import { removeLeftSnapshots } from '../snapshot-folders.js';
import type { Snapshot, SnapshotRequest } from '../snapshots.js';
import { Interrupted, ReportDatabase, type DatabaseLimits } from './database.js';
import { ReportDisk, type Room } from './disk.js';
import { Feed } from './feed.js';
import { Merges } from './merges.js';
import { Names } from './names.js';
import { compareIdentities } from './people.js';
import { Questions } from './questions.js';
import { forgetBefore, forgetIdentities } from './removals.js';
import { fillFresh } from './rewriting.js';
import type { SiteSettings } from './settings.js';
import { NO_SITE, Sites } from './sites.js';
import { Snapshots } from './snapshots.js';
import { readState, writeState, type State } from './state.js';
import { rowsOf } from './values.js';

/** How long reports wait before they look for hits again. */
const INTERVAL_MS = 1000;
/** How long they wait after an error. */
const PAUSE_AFTER_ERROR_MS = 10_000;
/** Of fewer hits nobody is told how far the reports are. */
const LARGE_STORE = 100_000;
/** How long a question waits for reports that are being built. */
const PATIENCE_MS = 2000;
/** Rows in the order of their arrival for which the file is not written anew, and the part of all rows from which on it is. */
const UNSORTED_ROWS = 500_000;
const UNSORTED_PART = 0.2;

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
  /** A question does not end though it was interrupted: only the end of the process ends it. */
  onStuck: () => void;
  /** Told, in a sentence for the owner, how far the reports are. */
  onNotice: (sentence: string) => void;
}

/** The file has to go, and the process to begin anew: it is of another store, or of this one at another time, or in the way. */
export class UnusableReports extends Error {}

/** The engine of reports: its database, what feeds it, and what answers from it. */
export class Engine {
  private readonly merges = new Merges();
  private readonly names = new Names();
  private readonly feed: Feed;
  private readonly questions: Questions;
  private readonly snapshots: Snapshots;
  private removals = 0;
  private isBuilt = false;
  private readonly built: Promise<void>;
  private onBuilt!: () => void;
  private rewriting: Promise<void> | undefined;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private version = -1;
  private room: Room = 'enough';
  private readonly disk: ReportDisk;

  private constructor(
    private readonly options: EngineOptions,
    private readonly db: Database,
    private readonly source: ReportSource,
    private readonly database: ReportDatabase,
    state: State,
    private readonly sites: Sites,
  ) {
    const { names, merges } = this;
    this.disk = new ReportDisk(options.folder);
    this.built = new Promise((resolve) => (this.onBuilt = resolve));
    this.feed = new Feed(
      { source, database, names, merges, counting: (key) => options.settings(key).counting },
      state,
      sites,
    );
    database.onOther = (connection) => this.reload(connection);
    this.questions = new Questions({
      database,
      names,
      onStuck: options.onStuck,
      timeLimit: options.timeLimit,
      settings: options.settings,
      siteOf: (key) => sites.numberOf(key),
      removals: () => this.removals,
    });
    this.snapshots = new Snapshots({
      folder: options.folder,
      database,
      disk: this.disk,
      siteOf: (key) => sites.numberOf(key),
      removals: () => this.removals,
      onStuck: options.onStuck,
    });
  }

  /**
   * Opens the reports of a folder, or begins new ones.
   * @throws where the file cannot be used: then the process has to end, and the file to go
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
        throw new UnusableReports('A site counts its hits in another way now.');
    }
    const engine = new Engine(options, db, source, database, state, sites);
    await database.read((connection) => engine.reload(connection));
    if (kept) await engine.resume();
    engine.work();
    return engine;
  }

  /** From 0 to 1, while the hits that were there are brought in; undefined when they are. */
  get progress(): number | undefined {
    return this.questions.asOf ? undefined : this.feed.progress;
  }

  /** Up to when hits are in answers, Unix seconds; 0 before there are any. */
  get asOf(): number {
    return this.questions.asOf;
  }

  /** @returns the answer as JSON @throws NoReport */
  async ask(kind: ReportKind, key: string, question: unknown, signal: AbortSignal): Promise<Uint8Array> {
    await this.ready();
    return this.questions.ask(kind, key, question, signal);
  }

  /** Writes a site's events and people as files, in one state. @throws NoReport */
  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    await this.ready();
    return this.snapshots.write(request, () => this.asOf, signal);
  }

  /** Somebody was erased, under these names. @returns whether all is done: else their values are in the file until it is written anew */
  async forget(key: string, names: readonly string[]): Promise<boolean> {
    await this.removeFrom(key, (connection, site) => forgetIdentities(connection, this.source, site, names));
    return !this.feed.state.stale;
  }

  /** Hits of a site that happened before a time were removed, and identities that have no others. */
  async expire(key: string, before: number): Promise<void> {
    await this.forgetBefore(key, before);
    await this.compare();
  }

  /** Resolves when no value of who was removed is in the file. */
  async rewritten(): Promise<void> {
    while (this.feed.state.stale && !this.closed) {
      this.rewriteIfDue();
      await this.rewriting;
      if (this.feed.state.stale) await wait(this.options.intervalMs ?? INTERVAL_MS);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    // What runs would be waited for.
    this.questions.close();
    this.snapshots.close();
    await this.running;
    await this.rewriting;
    await this.database.close();
    this.db.close();
  }

  /** Resolves when all hits are in, which a small store's are before anybody would ask again. @throws NoReport */
  private async ready(): Promise<void> {
    if (this.progress !== undefined) await Promise.race([this.built, wait(PATIENCE_MS, undefined, { ref: false })]);
    const { progress } = this;
    if (progress === undefined) return;
    const percent = Math.floor(progress * 100);
    const error = `Reports are being built: ${percent} % of the hits are in.`;
    throw new NoReport(503, { error, code: 'building', member: '', progress });
  }

  private get isEmpty(): boolean {
    const { upto, left, identity } = this.feed.state;
    return upto === left && identity === 0;
  }

  /** What was removed while nobody looked is gone before anything is answered. */
  private async resume(): Promise<void> {
    await this.compare();
    for (const [key, before] of Object.entries(this.options.expired)) await this.forgetBefore(key, before);
    if (!(await this.feed.resume())) throw new UnusableReports('The reports are not those of this store as it is.');
  }

  private forgetBefore(key: string, before: number): Promise<void> {
    return this.removeFrom(key, (connection, site) => forgetBefore(connection, site, before));
  }

  /** Looks who was removed, and who is somebody else by now. */
  compare(): Promise<void> {
    return this.remove((connection) =>
      compareIdentities(connection, this.source, this.merges, this.feed.state.identity),
    );
  }

  private async removeFrom(
    key: string,
    work: (connection: DuckDBConnection, site: number) => Promise<boolean>,
  ): Promise<void> {
    const site = this.sites.numberOf(key);
    if (site !== NO_SITE) await this.remove((connection) => work(connection, site));
  }

  /** @param work takes something out of the tables, and says whether there was something */
  private async remove(work: (connection: DuckDBConnection) => Promise<boolean>): Promise<void> {
    const { state } = this.feed;
    // Who waits for a removal does not wait for millions of rows.
    this.database.interruptRewriting();
    const removed = await this.database.write(async (connection) => {
      if (!(await work(connection))) return false;
      // In the same transaction: who is killed behind it knows that there is a file to write.
      await writeState(connection, { ...state, stale: true });
      return true;
    });
    if (!removed) return;
    this.removals += 1;
    removeLeft(this.options);
    state.stale = true;
    this.questions.changed();
    this.rewriteIfDue();
  }

  /** What is known of the file; after a start, after a transaction that failed, and when the file is another one. */
  private async reload(connection: DuckDBConnection): Promise<void> {
    await this.names.load(connection);
    await this.merges.load(connection);
  }

  /** Takes what is there, then what comes, again and again. */
  private work(): void {
    let pause = this.options.intervalMs ?? INTERVAL_MS;
    this.running = this.step()
      .catch((error: unknown) => {
        pause = PAUSE_AFTER_ERROR_MS;
        if (!this.closed) this.options.onError(error);
      })
      .then(() => {
        if (!this.closed) this.timer = setTimeout(() => this.work(), pause);
      });
  }

  private async step(): Promise<void> {
    const began = Math.floor(Date.now() / 1000);
    if (!(await this.hasRoom())) return;
    for (let said = 0; !this.isBuilt && !this.closed;) {
      this.isBuilt = !(await this.feed.build());
      const percent = Math.floor(this.feed.progress * 10) * 10;
      if (percent > said && this.feed.state.upto > LARGE_STORE)
        this.options.onNotice(`Reports are built: ${percent} %.`);
      said = Math.max(said, percent);
    }
    if (this.closed) return;
    const version = this.source.dataVersion();
    if (version !== this.version) {
      if (await this.feed.follow()) this.questions.changed();
      this.version = version;
    }
    this.questions.asOf = began;
    this.onBuilt();
    this.rewriteIfDue();
  }

  /** Whether there is room on the disk. Where there is hardly any, reports go, so that hits have it. */
  private async hasRoom(): Promise<boolean> {
    const room = await this.disk.roomFor(this.feed.state.left);
    if (room === 'none' && !this.isEmpty) throw new UnusableReports('The disk is nearly full, and hits need the room.');
    if (room !== 'enough' && this.room === 'enough')
      this.options.onNotice('The disk has little room left: reports go on when there is more.');
    this.room = room;
    return room === 'enough';
  }

  private rewriteIfDue(): void {
    const { stale, unsorted, upto } = this.feed.state;
    const isLarge = unsorted > UNSORTED_ROWS && unsorted > UNSORTED_PART * upto;
    if (this.rewriting || this.closed || !(stale || (this.isBuilt && isLarge))) return;
    this.rewriting = this.rewrite()
      .catch((error: unknown) => {
        if (!(error instanceof Interrupted)) this.options.onError(error);
      })
      .finally(() => (this.rewriting = undefined));
  }

  private async rewrite(): Promise<void> {
    const { state } = this.feed;
    if (!(await this.disk.hasRoomToRewrite())) {
      // Without them, there is room, and nothing of who was removed is left.
      if (state.stale) throw new UnusableReports('The disk has no room to write them without who was removed.');
      return;
    }
    const before = { ...state };
    try {
      await this.database.rewrite(async (connection) => {
        await fillFresh(connection, this.names.asked);
        // What is removed from here on is for the next time.
        Object.assign(before, state);
        state.stale = false;
        state.unsorted = 0;
      });
    } catch (error) {
      state.stale ||= before.stale;
      state.unsorted += before.unsorted;
      throw error;
    }
    this.questions.changed();
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
