import type { Person, PersonSummary } from '../../protocol/api.js';
import { assemblePerson } from '../reports/person.js';
import { summarize, type IdentitySeen } from '../reports/people.js';
import { KINDS } from './schema.js';
import type { Database, Statement } from './sqlite.js';
import type { Counting, LiveCursor, LivePage, Refusal, StoredHit } from './store.js';

/** The most hits that one person is assembled from, the latest first. */
const HITS_OF_A_PERSON = 100_000;

const HITS = `
  SELECT h.id, s.key, i.identity AS person, h.kind, h.name, h.time, h.sent, h.received, h.hit_id AS hitId,
    h.properties, h.warnings, h.duplicate
  FROM hits h JOIN identities i ON i.id = h.identity JOIN sites s ON s.id = h.site`;

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

type RefusalRow = Refusal & { id: number };

/** The questions that the embedded store answers. */
export class EmbeddedReader {
  private readonly siteOf: Statement;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly hitsOf: Statement;
  private readonly matching: Statement;
  private readonly newest: Statement;
  private readonly countSince: Statement;
  private readonly refused: Statement;
  private readonly following: Statement;

  constructor(
    db: Database,
    private readonly counting: (key: string) => Counting,
  ) {
    this.siteOf = db.prepare('SELECT id FROM sites WHERE key = ?');
    this.personOf = db.prepare('SELECT person FROM identities WHERE site = ? AND identity = ?');
    this.identitiesOf = db.prepare(
      'SELECT identity, last_seen AS lastSeen FROM identities WHERE person = ? ORDER BY id',
    );
    this.hitsOf = db.prepare(`${HITS} WHERE i.person = ? ORDER BY h.time DESC, h.id DESC LIMIT ${HITS_OF_A_PERSON}`);
    this.matching = db.prepare(`
      SELECT person FROM identities WHERE site = ? AND instr(lower(identity), lower(?)) > 0
      GROUP BY person ORDER BY max(last_seen) DESC LIMIT ?`);
    this.newest = db.prepare(`${HITS} WHERE h.site = ? AND h.id > ? ORDER BY h.id DESC LIMIT ?`);
    this.countSince = db.prepare('SELECT count(*) AS count FROM hits WHERE site = ? AND id > ?');
    this.refused = db.prepare(
      'SELECT * FROM refusals WHERE (key = ? OR key IS NULL) AND id > ? ORDER BY id DESC LIMIT ?',
    );
    this.following = db.prepare(`${HITS} WHERE h.site = ? AND h.id > ? ORDER BY h.id LIMIT ?`);
  }

  async person(key: string, identity: string): Promise<Person | undefined> {
    const row = this.personOf.get(this.site(key), identity) as { person: number } | undefined;
    if (!row) return undefined;
    const hits = (this.hitsOf.all(row.person) as HitRow[]).map(toHit).reverse();
    return assemblePerson(this.identities(row.person), hits, this.counting(key));
  }

  async people(key: string, text: string, limit: number): Promise<PersonSummary[]> {
    const rows = this.matching.all(this.site(key), text, limit) as { person: number }[];
    return rows
      .map(({ person }) => summarize(this.identities(person)))
      .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
  }

  async live(key: string, cursor: LiveCursor | undefined, limit: number): Promise<LivePage> {
    const site = this.site(key);
    const since = cursor ?? { hit: 0, refusal: 0 };
    const hits = (this.newest.all(site, since.hit, limit) as HitRow[]).reverse();
    const refusals = (this.refused.all(key, since.refusal, limit) as RefusalRow[]).reverse();
    const counted = cursor ? (this.countSince.get(site, since.hit) as { count: number }).count : hits.length;
    return {
      hits: hits.map(toHit),
      refusals: refusals.map(({ id: _, ...refusal }) => refusal),
      skipped: counted - hits.length,
      cursor: { hit: hits.at(-1)?.id ?? since.hit, refusal: refusals.at(-1)?.id ?? since.refusal },
    };
  }

  /** Read in pages, each a statement of its own: a slow reader keeps no lock and grows no log. */
  async *export(key: string): AsyncIterable<StoredHit> {
    const site = this.site(key);
    let last = 0;
    for (;;) {
      const rows = this.following.all(site, last, 1000) as HitRow[];
      for (const row of rows) yield toHit(row);
      if (rows.length === 0) return;
      last = rows.at(-1)!.id;
    }
  }

  private identities(person: number): IdentitySeen[] {
    return this.identitiesOf.all(person) as unknown as IdentitySeen[];
  }

  /** The number of a site; -1, which is nobody's, for one that has sent nothing yet. */
  private site(key: string): number {
    return (this.siteOf.get(key) as { id: number } | undefined)?.id ?? -1;
  }
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
    warnings: row.warnings ? (JSON.parse(row.warnings) as string[]) : [],
    received: row.received,
    duplicate: row.duplicate === 1,
  };
}
