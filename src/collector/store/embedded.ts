import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Person, PersonSummary } from '../../protocol/api.js';
import { foldName } from '../../protocol/text.js';
import { People } from '../people.js';
import { EmbeddedReader } from './embedded-reader.js';
import { KINDS, migrate } from './schema.js';
import { openDatabase, type Database, type Statement } from './sqlite.js';
import type { ArrivedHit, Counting, Entry, LiveCursor, LivePage, Refusal, Store, StoredHit } from './store.js';

/** Refusals kept; the oldest go first, so that a flood of nonsense fills no disk. */
const MOST_REFUSALS = 10_000;

export interface EmbeddedOptions {
  /** Folder of the database file; made where it is missing. */
  folder: string;
  /** How a site counts. */
  counting: (key: string) => Counting;
}

/**
 * The store inside the collector's process: SQLite with a write-ahead log, and an fsync for each batch
 * (`synchronous=FULL`, https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export class EmbeddedStore implements Store {
  private readonly db: Database;
  private readonly identities: People;
  private readonly reader: EmbeddedReader;
  private readonly sites = new Map<string, { id: number; counting: Counting }>();
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly rollback: Statement;
  private readonly insertHit: Statement;
  private readonly sameSecond: Statement;
  private readonly insertRefusal: Statement;
  private readonly pruneRefusals: Statement;

  constructor(private readonly options: EmbeddedOptions) {
    mkdirSync(options.folder, { recursive: true });
    const db = (this.db = openDatabase(join(options.folder, 'kmq.db')));
    // A write-ahead log of 64 MiB and a cache of as much: with SQLite's own 4 and 2 MiB a busy collector
    // writes the same index pages to the database over and over.
    db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000;
      PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -65536;
    `);
    migrate(db);
    this.identities = new People(db);
    this.reader = new EmbeddedReader(db, options.counting);
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.insertHit = db.prepare(`
      INSERT INTO hits (site, identity, kind, name, time, sent, received, hit_id, properties, warnings, duplicate)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.sameSecond = db.prepare(
      'SELECT name FROM hits WHERE identity = ? AND sent = ? AND kind = 0 AND duplicate = 0',
    );
    this.insertRefusal = db.prepare('INSERT INTO refusals (key, received, reason, request) VALUES (?, ?, ?, ?)');
    this.pruneRefusals = db.prepare('DELETE FROM refusals WHERE id <= ?');
  }

  async append(entries: readonly Entry[]): Promise<void> {
    this.begin.run();
    try {
      for (const entry of entries) {
        if ('hit' in entry) this.storeHit(entry);
        else this.storeRefusal(entry.refusal);
      }
      this.commit.run();
    } catch (error) {
      this.sites.clear();
      this.identities.forget();
      try {
        this.rollback.run();
      } catch {
        // SQLite has rolled back by itself after some errors, a full disk among them.
      }
      throw error;
    }
  }

  person(key: string, identity: string): Promise<Person | undefined> {
    return this.reader.person(key, identity);
  }

  people(key: string, text: string, limit: number): Promise<PersonSummary[]> {
    return this.reader.people(key, text, limit);
  }

  live(key: string, cursor: LiveCursor | undefined, limit: number): Promise<LivePage> {
    return this.reader.live(key, cursor, limit);
  }

  export(key: string): AsyncIterable<StoredHit> {
    return this.reader.export(key);
  }

  async close(): Promise<void> {
    this.db.close();
  }

  private storeHit({ hit, received }: ArrivedHit): void {
    const site = this.site(hit.key);
    const identity = this.identities.meet(site.id, hit.person);
    if (hit.kind === 'alias') this.identities.merge(identity, this.identities.meet(site.id, hit.name!));
    else this.identities.seen(identity, hit.time);
    this.insertHit.run(
      site.id,
      identity.id,
      KINDS.indexOf(hit.kind),
      hit.name,
      hit.time,
      hit.sent,
      received,
      hit.id,
      JSON.stringify(hit.properties),
      hit.warnings.length ? JSON.stringify(hit.warnings) : null,
      site.counting === 'reference' && this.isRepeat(identity.id, hit) ? 1 : 0,
    );
  }

  /** The reference's rule (section 8.4): the same event of the same identity in the same second counts once. */
  private isRepeat(identity: number, hit: ArrivedHit['hit']): boolean {
    if (hit.kind !== 'event' || hit.sent === null) return false;
    const names = this.sameSecond.all(identity, hit.sent) as { name: string }[];
    return names.some(({ name }) => foldName(name) === foldName(hit.name!));
  }

  private storeRefusal({ key, received, reason, request }: Refusal): void {
    const { lastInsertRowid } = this.insertRefusal.run(key, received, reason, request);
    this.pruneRefusals.run(Number(lastInsertRowid) - MOST_REFUSALS);
  }

  private site(key: string): { id: number; counting: Counting } {
    let site = this.sites.get(key);
    if (!site) {
      this.db.prepare('INSERT INTO sites (key) VALUES (?) ON CONFLICT DO NOTHING').run(key);
      const { id } = this.db.prepare('SELECT id FROM sites WHERE key = ?').get(key) as { id: number };
      site = { id, counting: this.options.counting(key) };
      // Where any key is accepted, their number is the senders' choice: the memory for them is not.
      if (this.sites.size >= 10_000) this.sites.clear();
      this.sites.set(key, site);
    }
    return site;
  }
}
