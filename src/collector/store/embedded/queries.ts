import { reasonFromText } from '../../../protocol/reasons.js';
import type { Person, PersonSummary } from '../../../protocol/api.js';
import { assemblePerson } from '../model/person.js';
import { summarize, type IdentitySeen } from '../model/summary.js';
import { EmbeddedSearch } from './search.js';
import { KINDS } from './schema.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { Counting, LivePage, Refusal, StoredHit } from '../store.js';

/** The most hits that one person is assembled from, the latest first. */
const HITS_OF_A_PERSON = 100_000;
const EXPORT_PAGE = 1000;
/** Without a cursor, Live shows the latest of so many hits of all sites. */
const LOOK_BACK = 200_000;

const COLUMNS = `
  h.id, s.key, i.identity AS person, h.kind, h.name, h.time, h.sent, h.received, h.hit_id AS hitId, h.properties,
  h.warnings, h.duplicate`;
// An identity that is being erased has no site any more, and its hits are seen by nobody.
const JOINED = 'JOIN identities i ON i.id = h.identity AND i.site = h.site JOIN sites s ON s.id = h.site';

interface HitRow {
  id: number;
  key: string;
  person: string;
  kind: number;
  name: string | null;
  time: number;
  sent: number | null;
  received: number;
  hitId: string | null;
  properties: string;
  warnings: string | null;
  duplicate: number;
}

type RefusalRow = Omit<Refusal, 'reason'> & { id: number; reason: string };

/** A page of the export, and the row behind which the next one begins. */
export interface ExportPage {
  hits: StoredHit[];
  last: number;
}

/** The questions that the embedded store answers. */
export class EmbeddedReader {
  private readonly search: EmbeddedSearch;
  private readonly siteOf: Statement;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly latestOf: Statement;
  private readonly hitsOf: Statement;
  private readonly newest: Statement;
  private readonly latest: Statement;
  private readonly countSince: Statement;
  private readonly refused: Statement;
  private readonly following: Statement;
  private readonly siteKeys: Statement;
  private readonly takeOver: Statement;

  constructor(db: Database) {
    this.search = new EmbeddedSearch(db);
    this.siteOf = db.prepare('SELECT id FROM sites WHERE key = ?');
    this.personOf = db.prepare('SELECT person FROM identities WHERE site = ? AND identity = ?');
    this.identitiesOf = db.prepare(
      'SELECT id, identity, last_seen AS lastSeen FROM identities WHERE person = ? ORDER BY id',
    );
    this.latestOf = db.prepare(
      'SELECT time FROM hits WHERE identity = ? AND kind <> 2 ORDER BY coalesce(sent, 0) DESC LIMIT 1',
    );
    // The index gives the latest first: a person of millions of hits costs no more than the limit.
    this.hitsOf = db.prepare(`
      SELECT ${COLUMNS} FROM hits h ${JOINED} WHERE h.identity = ?
      ORDER BY coalesce(h.sent, 0) DESC, h.hit_id DESC, h.id DESC LIMIT ?`);
    this.newest = db.prepare(`
      SELECT ${COLUMNS} FROM hits h ${JOINED} WHERE h.site = ? AND h.id > ? ORDER BY h.id DESC LIMIT ?`);
    this.latest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
    this.countSince = db.prepare('SELECT count(*) AS count FROM hits WHERE site = ? AND id > ?');
    this.refused = db.prepare(
      'SELECT * FROM refusals WHERE (key = ? OR key IS NULL) AND id > ? ORDER BY id DESC LIMIT ?',
    );
    this.following = db.prepare(`
      SELECT ${COLUMNS} FROM hits h ${JOINED} WHERE h.site = ? AND h.id > ? ORDER BY h.id LIMIT ?`);
    this.siteKeys = db.prepare(
      'SELECT key FROM sites WHERE EXISTS (SELECT 1 FROM hits WHERE site = sites.id) ORDER BY id',
    );
    this.takeOver = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  person(key: string, identity: string, counting: Counting): Person | undefined {
    const identities = this.identitiesOfPerson(key, identity);
    if (!identities.length) return undefined;
    const rows = identities.flatMap(({ id }) => this.hitsOf.all(id, HITS_OF_A_PERSON) as unknown as HitRow[]);
    rows.sort((a, b) => a.time - b.time || a.id - b.id);
    return assemblePerson(identities, rows.slice(-HITS_OF_A_PERSON).map(toHit), counting);
  }

  people(key: string, text: string, limit: number): PersonSummary[] {
    return this.search
      .people(this.site(key), text, limit)
      .map((person) => summarize(this.identities(person).map((identity) => this.seenExactly(identity))))
      .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
  }

  live(key: string, cursor: string | undefined, limit: number): LivePage {
    const site = this.site(key);
    const { id: latest } = this.latest.get() as { id: number };
    const since = parseCursor(cursor) ?? { hit: Math.max(0, latest - LOOK_BACK), refusal: 0, first: true };
    // After the newest hits were removed, the next ones have numbers that a reader has seen.
    since.hit = Math.min(since.hit, latest);
    const hits = (this.newest.all(site, since.hit, limit) as HitRow[]).reverse();
    const refusals = (this.refused.all(key, since.refusal, limit) as RefusalRow[]).reverse();
    const counted = since.first ? hits.length : (this.countSince.get(site, since.hit) as { count: number }).count;
    return {
      hits: hits.map(toHit),
      refusals: refusals.map(({ id: _, ...refusal }) => ({ ...refusal, reason: reasonFromText(refusal.reason) })),
      skipped: counted - hits.length,
      cursor: `${hits.at(-1)?.id ?? since.hit}.${refusals.at(-1)?.id ?? since.refusal}`,
    };
  }

  /** Read in pages, each a statement of its own: a slow reader keeps no lock and grows no log. */
  exportPage(key: string, last: number): ExportPage {
    const rows = this.following.all(this.site(key), last, EXPORT_PAGE) as HitRow[];
    return { hits: rows.map(toHit), last: rows.at(-1)?.id ?? last };
  }

  keys(): string[] {
    return (this.siteKeys.all() as { key: string }[]).map(({ key }) => key);
  }

  /**
   * Takes the write-ahead log over into the database, as far as it goes without holding up who writes
   * (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
   */
  checkpoint(): void {
    this.takeOver.all();
  }

  /** All identities of the person to whom one belongs, oldest first; none for one never seen. */
  identitiesOfPerson(key: string, identity: string): (IdentitySeen & { id: number })[] {
    const row = this.personOf.get(this.site(key), identity) as { person: number } | undefined;
    return row ? this.identities(row.person) : [];
  }

  /** What the table of identities has may be a minute behind. */
  private seenExactly(identity: IdentitySeen & { id: number }): IdentitySeen {
    if (identity.lastSeen === null) return identity;
    const row = this.latestOf.get(identity.id) as { time: number } | undefined;
    return { ...identity, lastSeen: Math.max(identity.lastSeen, row?.time ?? 0) };
  }

  /** The number of a site; -1, which is nobody's, for one that has sent nothing yet. */
  site(key: string): number {
    return (this.siteOf.get(key) as { id: number } | undefined)?.id ?? -1;
  }

  private identities(person: number): (IdentitySeen & { id: number })[] {
    return this.identitiesOf.all(person) as unknown as (IdentitySeen & { id: number })[];
  }
}

interface Cursor {
  /** The row of the latest hit, and of the latest refusal, that a reader has seen. */
  hit: number;
  refusal: number;
  /** The reader has seen nothing yet: what is older was not skipped. */
  first?: boolean;
}

function parseCursor(text = ''): Cursor | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  return match ? { hit: Number(match[1]), refusal: Number(match[2]) } : undefined;
}

function toHit(row: HitRow): StoredHit {
  return {
    kind: KINDS[row.kind]!,
    key: row.key,
    person: row.person,
    name: row.name,
    time: row.time,
    sent: row.sent,
    id: row.hitId,
    properties: JSON.parse(row.properties) as StoredHit['properties'],
    warnings: row.warnings ? (JSON.parse(row.warnings) as StoredHit['warnings']) : [],
    received: row.received,
    duplicate: row.duplicate === 1,
  };
}
