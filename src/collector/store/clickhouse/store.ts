import type { Erased, People, Person } from '../../../protocol/api.js';
import { StoreThread } from '../model/thread.js';
import { claimFolder } from '../sqlite/claim.js';
import type { Database } from '../sqlite/database.js';
import { refusalOf } from '../model/refused-aliases.js';
import type {
  ArrivedHit,
  Bookmark,
  Counting,
  DamagedRow,
  Entry,
  ExportedHit,
  Json,
  LivePage,
  RefusedEntry,
  StoreOptions,
  WritableStore,
} from '../store.js';
import { parseAddress } from './address.js';
import { Components } from './components.js';
import { ExportReader } from './export-reader.js';
import { Forwarder } from './forwarder.js';
import { NewerTables } from './migration.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import type { Questions } from './questions.js';
import { Removal } from './removal.js';
import { ReportFiller } from './report-filler.js';
import { toInsertLines } from './rows.js';
import { Spool } from './spool.js';
import { SPOOL_FILE } from './spool-database.js';
import { StoreRemovals } from './store-removals.js';
import type { MutationLimits } from './stuck-mutation.js';
import { Tables } from './tables.js';
import { Unfinished } from './unfinished.js';
import { Upkeep } from './upkeep.js';

/** The most bytes of hits and refusals in the spool, which is about five million of them. */
const SPOOL_BYTES = 2 * 1024 ** 3;

/** Options of the store. The folder is that of the spool, which two collectors must not share. */
export interface ClickHouseOptions extends StoreOptions {
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]` */
  url: string;
  /** The most bytes in the spool. */
  spoolBytes?: number;
  /** How often reports look for new hits; shorter in tests. */
  reportIntervalMs?: number;
  /** How long removals wait for mutations that make no progress; shorter in tests. */
  mutationLimits?: MutationLimits;
}

/**
 * A store that any number of collectors share. Each collector acknowledges hits when they are in its own fsynced spool, and then
 * forwards them: ClickHouse needs few, large inserts, and does not sync them to disk. A question waits until the hits that this
 * collector has acknowledged are forwarded, unless it is a poll of Live. Hits of other collectors are found as soon as they are
 * forwarded.
 */
export class ClickHouseStore implements WritableStore {
  private readonly counting: (key: string) => Counting;
  private readonly lock: Database;
  private readonly spool: Spool;
  private readonly nodes: Nodes;
  private readonly forwarder: Forwarder;
  private readonly peopleReader: PeopleReader;
  private readonly questions: StoreThread<Questions>;
  private readonly exportReader: ExportReader;
  private readonly removals: StoreRemovals;
  private readonly upkeep: Upkeep;
  private readonly filler: ReportFiller;

  constructor(options: ClickHouseOptions) {
    const { folder, counting, durability = 'full', spoolBytes = SPOOL_BYTES } = options;
    const { onError = () => undefined, onNotice = () => undefined } = options;
    const address = parseAddress(options.url);
    const tables = new Tables(address);
    this.counting = counting;
    this.nodes = new Nodes(address, undefined, onNotice);
    this.lock = claimFolder(folder, SPOOL_FILE, onNotice);
    try {
      this.spool = new Spool(folder, durability, spoolBytes);
    } catch (error) {
      this.lock.close();
      throw error;
    }
    const components = new Components(this.nodes, tables);
    this.peopleReader = new PeopleReader(this.nodes, tables, components);
    this.questions = new StoreThread('clickhouse/questions-thread.js', address);
    this.exportReader = new ExportReader(this.nodes, tables);
    const unfinished = new Unfinished(this.spool.state);
    const removal = new Removal(this.nodes, tables, components, this.peopleReader, options.mutationLimits, unfinished);
    const upkeep = (this.upkeep = new Upkeep(components, removal, onError));
    this.forwarder = new Forwarder({
      spool: this.spool,
      nodes: this.nodes,
      tables,
      onAliases: (aliased) => upkeep.aliased(aliased),
      onRefusals: (count) => upkeep.refused(count),
      onError,
      onNotice,
    });
    this.filler = new ReportFiller({
      nodes: this.nodes,
      tables,
      filler: this.spool.source,
      prepare: () => this.forwarder.prepare(),
      onMissing: () => this.forwarder.forgetTables(),
      isBusy: () => this.forwarder.isBusy,
      intervalMs: options.reportIntervalMs,
      onError,
    });
    const { spool, forwarder, filler } = this;
    this.removals = new StoreRemovals({ spool, forwarder, filler, removal, upkeep, unfinished, onError, onNotice });
    this.removals.resume();
  }

  async append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]> {
    this.assertUsable();
    const refused = this.upkeep.large.refusedAmong(entries);
    const places = new Set(refused.map(({ entry }) => entry));
    this.write(
      places.size
        ? entries.map((entry, at) => (places.has(at) ? { refusal: refusalOf(entry as ArrivedHit) } : entry))
        : entries,
    );
    return refused;
  }

  async appendWithBookmarks(
    entries: readonly Entry[],
    bookmarks: readonly Bookmark[],
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): Promise<void> {
    this.assertUsable();
    const refused = this.upkeep.large.refusedAmong(entries);
    if (refused.length) onRefused(refused);
    const places = new Set(refused.map(({ entry }) => entry));
    this.write(
      entries.filter((_, at) => !places.has(at)),
      bookmarks,
    );
  }

  async bookmark(name: string): Promise<number> {
    // An import calls this before it begins. That ClickHouse is not reachable is no error yet.
    await this.forwarder.prepare().catch((error: unknown) => {
      if (error instanceof NewerTables) throw error;
    });
    return this.spool.bookmark(name);
  }

  async person(key: string, identity: string): Promise<Json<Person> | undefined> {
    await this.forwarder.flushed();
    return this.questions.call('person', key, identity, this.counting(key));
  }

  async people(key: string, text: string, limit: number): Promise<Json<People>> {
    await this.forwarder.flushed();
    return this.questions.call('people', key, text, limit);
  }

  async live(key: string, cursor: string | undefined, limit: number): Promise<LivePage> {
    // Not for each poll of Live, which asks several times a second: flushing would cause as many small inserts.
    if (cursor === undefined) await this.forwarder.flushed();
    else await this.forwarder.prepare();
    return this.questions.call('live', key, cursor, limit, this.counting(key));
  }

  async *export(key: string, onDamaged: (row: DamagedRow) => void = () => undefined): AsyncIterable<ExportedHit> {
    await this.forwarder.flushed();
    yield* this.exportReader.export(key, onDamaged);
  }

  async *rawExport(key: string, onDamaged: (row: DamagedRow) => void = () => undefined): AsyncIterable<Uint8Array> {
    await this.forwarder.flushed();
    const number = await this.questions.call('beginExport', key);
    try {
      for (;;) {
        const piece = await this.questions.call('nextOfExport', number);
        if (!piece) return;
        piece.damaged.forEach(onDamaged);
        yield piece.lines;
      }
    } finally {
      // If the store is closed by now, the export has ended with it.
      await this.questions.call('endExport', number).catch(() => undefined);
    }
  }

  async keys(): Promise<string[]> {
    await this.forwarder.flushed();
    return this.peopleReader.keys();
  }

  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.removals.erase(key, identity);
  }

  expire(key: string, before: number): Promise<number> {
    return this.removals.expire(key, before);
  }

  expireRefusals(key: string | null, before: number): Promise<number> {
    return this.removals.expireRefusals(key, before);
  }

  unfinishedErasures(): number {
    return this.removals.unfinishedErasures;
  }

  backlog(): number {
    return this.spool.backlog;
  }

  async close(): Promise<void> {
    this.removals.stop();
    await this.forwarder.close();
    await this.filler.close();
    await Promise.all([this.removals.ended(), this.upkeep.ended()]);
    await Promise.all([this.questions.close(), this.nodes.close()]);
    this.spool.close();
    this.lock.close();
  }

  /** @throws NewerTables, so that hits are refused: their senders keep them until another collector accepts them */
  private assertUsable(): void {
    if (this.forwarder.refusal) throw this.forwarder.refusal;
  }

  private write(entries: readonly Entry[], bookmarks: readonly Bookmark[] = []): void {
    this.spool.append(entries.length, (first) => toInsertLines(entries, this.spool.source, first), bookmarks);
    if (entries.length) this.forwarder.added();
  }
}
