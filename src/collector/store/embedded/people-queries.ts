import type { Person, PersonSummary } from '../../../protocol/api.js';
import { HITS_OF_A_PERSON } from '../model/limits.js';
import { assemblePerson } from '../model/person.js';
import { summarize, type IdentitySeen } from '../model/summary.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { Counting } from '../store.js';
import { SELECT_HITS, toHit, type HitRow } from './hit-rows.js';
import { EmbeddedSearch } from './search.js';
import { siteNumbers } from './sites.js';

/** An identity and its number in the table. */
type IdentityRow = IdentitySeen & { id: number };

/** What the embedded store knows of people. */
export class PeopleQueries {
  private readonly search: EmbeddedSearch;
  private readonly site: (key: string) => number;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly latestOf: Statement;
  private readonly hitsOf: Statement;

  constructor(db: Database) {
    this.search = new EmbeddedSearch(db);
    this.site = siteNumbers(db);
    this.personOf = db.prepare('SELECT person FROM identities WHERE site = ? AND identity = ?');
    this.identitiesOf = db.prepare(
      'SELECT id, identity, last_seen AS lastSeen FROM identities WHERE person = ? ORDER BY id',
    );
    this.latestOf = db.prepare(
      'SELECT time FROM hits WHERE identity = ? AND kind <> 2 ORDER BY coalesce(sent, 0) DESC LIMIT 1',
    );
    // The index gives the latest first: a person of millions of hits costs no more than the limit.
    this.hitsOf = db.prepare(`
      ${SELECT_HITS} WHERE h.identity = ?
      ORDER BY coalesce(h.sent, 0) DESC, h.hit_id DESC, h.id DESC LIMIT ?`);
  }

  person(key: string, identity: string, counting: Counting): Person | undefined {
    const identities = this.identitiesOfPerson(key, identity);
    if (!identities.length) return undefined;
    const rows = identities.flatMap(({ id }) => this.hitsOf.all(id, HITS_OF_A_PERSON) as HitRow[]);
    rows.sort((a, b) => a.time - b.time || a.id - b.id);
    const hits = rows.slice(-HITS_OF_A_PERSON).map((row) => toHit(row, counting));
    return assemblePerson(identities, hits, counting);
  }

  people(key: string, text: string, limit: number): PersonSummary[] {
    return this.search
      .people(this.site(key), text, limit)
      .map((person) => summarize(this.identities(person).map((identity) => this.seenExactly(identity))))
      .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
  }

  /** All identities of the person to whom one belongs, oldest first; none for one never seen. */
  identitiesOfPerson(key: string, identity: string): IdentityRow[] {
    const row = this.personOf.get(this.site(key), identity) as { person: number } | undefined;
    return row ? this.identities(row.person) : [];
  }

  /** What the table of identities has may be a minute behind. */
  private seenExactly(identity: IdentityRow): IdentityRow {
    if (identity.lastSeen === null) return identity;
    const row = this.latestOf.get(identity.id) as { time: number } | undefined;
    return { ...identity, lastSeen: Math.max(identity.lastSeen, row?.time ?? 0) };
  }

  private identities(person: number): IdentityRow[] {
    return this.identitiesOf.all(person) as IdentityRow[];
  }
}
