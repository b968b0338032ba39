import type { Erased, People, Person } from '../../../protocol/api.js';
import { StoreThread } from '../model/thread.js';
import { Turns } from '../model/turns.js';
import { claimFolder } from '../sqlite/claim.js';
import type { Database } from '../sqlite/database.js';
import type {
  Bookmark,
  Counting,
  Entry,
  ExportedHit,
  ImportWriter,
  Json,
  LivePage,
  Store,
  StoreOptions,
} from '../store.js';
import { parseAddress } from './address.js';
import { Components } from './components.js';
import { ExportReader } from './export-reader.js';
import { Forwarder } from './forwarder.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import type { Questions } from './questions.js';
import { redact } from './redaction.js';
import { Removal } from './removal.js';
import { toInsertLines } from './rows.js';
import { Spool } from './spool.js';
import { SPOOL_FILE } from './spool-database.js';
import { Tables } from './tables.js';
import { Upkeep } from './upkeep.js';

/** The most that the spool holds, of hits and refusals: about five million of them. */
const SPOOL_BYTES = 2 * 1024 ** 3;

/** The folder is the spool's: no two collectors share one. */
export interface ClickHouseOptions extends StoreOptions {
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]` */
  url: string;
  /** The most that the spool holds, in bytes. */
  spoolBytes?: number;
}

/**
 * A store that any number of collectors share. Each acknowledges what is in its own fsynced spool and forwards it:
 * ClickHouse wants few, large inserts, and leaves it to the system when they get to its disk. What this collector has
 * acknowledged, it reads back; what others have, as soon as they have forwarded it.
 */
export class ClickHouseStore implements Store, ImportWriter {
  private readonly counting: (key: string) => Counting;
  private readonly lock: Database;
  private readonly spool: Spool;
  private readonly nodes: Nodes;
  private readonly forwarder: Forwarder;
  private readonly peopleReader: PeopleReader;
  private readonly questions: StoreThread<Questions>;
  private readonly exportReader: ExportReader;
  private readonly removal: Removal;
  private readonly removals = new Turns();
  private readonly upkeep: Upkeep;

  constructor(options: ClickHouseOptions) {
    const { folder, counting, durability = 'full', spoolBytes = SPOOL_BYTES } = options;
    const { onError = () => undefined, onNotice = () => undefined } = options;
    const address = parseAddress(options.url);
    const tables = new Tables(address);
    this.counting = counting;
    this.nodes = new Nodes(address);
    this.lock = claimFolder(folder, SPOOL_FILE, onNotice);
    this.spool = new Spool(folder, durability, spoolBytes);
    const components = new Components(this.nodes, tables);
    this.peopleReader = new PeopleReader(this.nodes, tables, components);
    this.questions = new StoreThread('clickhouse/questions-thread.js', address);
    this.exportReader = new ExportReader(this.nodes, tables);
    this.removal = new Removal(this.nodes, tables, components, this.peopleReader);
    const upkeep = (this.upkeep = new Upkeep(components, this.removal, onError));
    this.forwarder = new Forwarder({
      spool: this.spool,
      nodes: this.nodes,
      tables,
      onAliases: (aliased) => upkeep.aliased(aliased),
      onRefusals: (count) => upkeep.refused(count),
      onError,
      onNotice,
    });
  }

  async append(entries: readonly Entry[]): Promise<void> {
    this.write(entries);
  }

  async appendWithBookmark(entries: readonly Entry[], bookmark: Bookmark): Promise<void> {
    this.write(entries, bookmark);
  }

  async bookmark(source: string): Promise<number> {
    return this.spool.bookmark(source);
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
    // Live asks many times a second: hits that it would hurry along would be as many small inserts.
    if (cursor === undefined) await this.forwarder.flushed();
    else await this.forwarder.prepare();
    return this.questions.call('live', key, cursor, limit, this.counting(key));
  }

  async *export(key: string): AsyncIterable<ExportedHit> {
    await this.forwarder.flushed();
    yield* this.exportReader.export(key);
  }

  async *rawExport(key: string): AsyncIterable<Uint8Array> {
    await this.forwarder.flushed();
    const number = await this.questions.call('beginExport', key);
    try {
      for (;;) {
        const lines = await this.questions.call('nextOfExport', number);
        if (!lines) return;
        yield lines;
      }
    } finally {
      // Where the store is closed by now, the export has ended with it.
      await this.questions.call('endExport', number).catch(() => undefined);
    }
  }

  async keys(): Promise<string[]> {
    await this.forwarder.flushed();
    return this.peopleReader.keys();
  }

  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.removals.run(async () => {
      await this.forwarder.flushed();
      // A shortcut that is under way would bring back a name.
      await this.upkeep.ended();
      const erased = await this.removal.erase(key, identity);
      if (erased) await redact(this.spool, key, erased.identities);
      return erased;
    });
  }

  expire(key: string, before: number): Promise<number> {
    return this.removals.run(async () => {
      await this.forwarder.flushed();
      return this.removal.expire(key, before);
    });
  }

  backlog(): number {
    return this.spool.backlog;
  }

  async close(): Promise<void> {
    this.removal.stop();
    await this.forwarder.close();
    await Promise.all([this.removals.ended(), this.upkeep.ended()]);
    await Promise.all([this.questions.close(), this.nodes.close()]);
    this.spool.close();
    this.lock.close();
  }

  private write(entries: readonly Entry[], bookmark?: Bookmark): void {
    this.spool.append(entries.length, (first) => toInsertLines(entries, this.spool.source, first), bookmark);
    if (entries.length) this.forwarder.added();
  }
}
