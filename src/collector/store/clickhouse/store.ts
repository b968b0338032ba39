import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Person, PersonSummary } from '../../../protocol/api.js';
import { Spool, SPOOL_FILE } from './spool.js';
import type { Bookmark, Counting, Entry, Erasure, ExportedHit, LivePage, Store } from '../store.js';
import type { Database } from '../sqlite/database.js';
import { tornLogNotice } from '../sqlite/torn-log.js';
import { lockForWriting } from '../sqlite/writer-lock.js';
import { parseAddress } from './address.js';
import { Components } from './components.js';
import { ExportReader } from './export-reader.js';
import { Forwarder } from './forwarder.js';
import { LiveReader } from './live-reader.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import { Removal } from './removal.js';
import { toLines, type HitRow, type RefusalRow } from './rows.js';
import { Tables } from './tables.js';

/** The most that the spool holds, in bytes of hits: about five million of them. */
const SPOOL_BYTES = 2 * 1024 ** 3;

/** After so many refused requests, it is looked whether there are too many of them. */
const REFUSALS_UNCOUNTED = 2000;

export interface ClickHouseOptions {
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]` */
  url: string;
  /** Folder of the spool; made where it is missing. No two collectors share one. */
  folder: string;
  /** How a site counts. */
  counting: (key: string) => Counting;
  /** Whether the spool is on disk before a hit is acknowledged (`full`, the default), or when the system likes. */
  durability?: 'full' | 'fast' | undefined;
  /** Told of what goes wrong where nobody waits for an answer. */
  onError?: (error: unknown) => void;
  /** Told, in a sentence for the owner, of what went wrong and is well again. */
  onNotice?: (sentence: string) => void;
  /** The most that the spool holds, in bytes. */
  spoolBytes?: number;
}

/**
 * A store that any number of collectors share. Each acknowledges what is in its own fsynced spool and forwards it:
 * ClickHouse wants few, large inserts, and leaves it to the system when they get to its disk. What this collector has
 * acknowledged, it reads back; what others have, as soon as they have forwarded it.
 */
export class ClickHouseStore implements Store {
  private readonly lock: Database;
  private readonly spool: Spool;
  private readonly nodes: Nodes;
  private readonly forwarder: Forwarder;
  private readonly components: Components;
  private readonly persons: PeopleReader;
  private readonly arrivals: LiveReader;
  private readonly exports: ExportReader;
  private readonly removal: Removal;
  private removing: Promise<unknown> = Promise.resolve();
  /** What is done behind the commits. */
  private tidying: Promise<unknown> = Promise.resolve();
  private refused = 0;

  constructor(private readonly options: ClickHouseOptions) {
    const { durability = 'full', spoolBytes = SPOOL_BYTES, onError = () => {}, onNotice = () => {} } = options;
    const address = parseAddress(options.url);
    const tables = new Tables(address);
    this.nodes = new Nodes(address);
    mkdirSync(options.folder, { recursive: true });
    this.lock = lockForWriting(options.folder);
    const torn = tornLogNotice(join(options.folder, SPOOL_FILE));
    if (torn) onNotice(torn);
    this.spool = new Spool(options.folder, durability, spoolBytes);
    this.components = new Components(this.nodes, tables);
    this.persons = new PeopleReader(this.nodes, tables, this.components);
    this.arrivals = new LiveReader(this.nodes, tables);
    this.exports = new ExportReader(this.nodes, tables);
    this.removal = new Removal(this.nodes, tables, this.components, this.persons);
    this.forwarder = new Forwarder({
      spool: this.spool,
      nodes: this.nodes,
      tables,
      onAliases: (aliased) => this.shorten(aliased),
      onRefusals: (count) => this.countRefusals(count),
      onError,
      onNotice,
    });
  }

  async append(entries: readonly Entry[], bookmark?: Bookmark): Promise<void> {
    this.spool.append(entries.length, (first) => toLines(entries, this.spool.source, first), bookmark);
    if (entries.length) this.forwarder.added();
  }

  async bookmark(source: string): Promise<number> {
    return this.spool.bookmark(source);
  }

  async person(key: string, identity: string): Promise<Person | undefined> {
    await this.forwarder.flushed();
    return this.persons.person(key, identity, this.options.counting(key));
  }

  async people(key: string, text: string, limit: number): Promise<PersonSummary[]> {
    await this.forwarder.flushed();
    return this.persons.people(key, text, limit);
  }

  async live(key: string, cursor: string | undefined, limit: number): Promise<LivePage> {
    // Live asks many times a second: hits that it would hurry along would be as many small inserts.
    if (cursor === undefined) await this.forwarder.flushed();
    else await this.forwarder.prepare();
    return this.arrivals.live(key, cursor, limit, this.options.counting(key));
  }

  async *export(key: string): AsyncIterable<ExportedHit> {
    await this.forwarder.flushed();
    yield* this.exports.export(key);
  }

  async keys(): Promise<string[]> {
    await this.forwarder.flushed();
    return this.persons.keys();
  }

  erase(key: string, identity: string): Promise<Erasure | undefined> {
    return this.inTurn(async () => {
      await this.forwarder.flushed();
      // A shortcut that is under way would bring back a name.
      await this.tidying;
      const erasure = await this.removal.erase(key, identity);
      if (erasure) await this.strike(key, erasure.identities);
      return erasure;
    });
  }

  expire(key: string, before: number): Promise<number> {
    return this.inTurn(async () => {
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
    await Promise.all([this.removing, this.tidying]);
    await this.nodes.close();
    this.spool.close();
    this.lock.close();
  }

  /** Takes those who were erased out of what is kept to be sent again. */
  private async strike(key: string, identities: string[]): Promise<void> {
    const erased = new Set(identities);
    const names = identities.flatMap((identity) => [
      JSON.stringify(identity).slice(1, -1),
      encodeURIComponent(identity),
    ]);
    const gone = (line: string): boolean => {
      if (!names.some((name) => line.includes(name))) return false;
      const row = JSON.parse(line) as HitRow | RefusalRow;
      return 'request' in row ? row.key === '' || row.key === key : row.site === key && erased.has(row.identity);
    };
    for (const batch of this.spool.kept()) {
      this.spool.strike(batch, gone);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.removing.then(work);
    this.removing = done.catch(() => undefined);
    return done;
  }

  /** Nobody waits for it, and nothing is missing without it but speed. */
  private shorten(aliased: [site: string, identity: string][]): void {
    const sites = new Map<string, Set<string>>();
    for (const [site, identity] of aliased) sites.set(site, (sites.get(site) ?? new Set()).add(identity));
    this.tidy(async () => {
      for (const [site, identities] of sites) await this.components.shorten(site, identities);
    });
  }

  private countRefusals(count: number): void {
    this.refused += count;
    if (this.refused < REFUSALS_UNCOUNTED) return;
    this.refused = 0;
    this.tidy(() => this.removal.pruneRefusals());
  }

  private tidy(work: () => Promise<void>): void {
    this.tidying = this.tidying.then(work).catch(this.options.onError ?? (() => {}));
  }
}
