import type { Person, PersonSummary } from '../../../protocol/api.js';
import { assemblePerson } from '../model/person.js';
import { summarize, summarizeBriefly, type IdentitySeen } from '../model/summary.js';
import { readable, readableRows } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { atOneMoment } from '../sqlite/transaction.js';
import type { Counting, StoredHit } from '../store.js';
import { SELECT_HITS, toHit, type HitRow } from './hit-rows.js';
import { LATEST_TIME } from './indexed-hits.js';
import { LAST_SEEN_STEP_SECONDS } from './identities.js';
import { LatestHits } from './latest-hits.js';
import { EmbeddedSearch } from './search.js';
import { siteNumbers } from './sites.js';
import { TextReader } from './text-reader.js';
import { UnfiledHits } from './unfiled-hits.js';

/** An identity and its number in the table. */
type IdentityRow = IdentitySeen & { id: number };

/** Reads people from the embedded store. */
export class PeopleQueries {
  private readonly search: EmbeddedSearch;
  private readonly site: (key: string) => number;
  private readonly texts: TextReader;
  private readonly unfiled: UnfiledHits;
  private readonly latest: LatestHits;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly identityIdsOf: Statement;
  private readonly identity: Statement;
  private readonly latestOf: Statement;
  private readonly hit: Statement;

  constructor(private readonly db: Database) {
    this.search = new EmbeddedSearch(db);
    this.site = siteNumbers(db);
    this.texts = new TextReader(db);
    this.unfiled = new UnfiledHits(db);
    this.latest = new LatestHits(db, this.unfiled);
    this.personOf = db.prepare('SELECT person FROM identities WHERE site = ? AND identity = ?');
    this.identitiesOf = db.prepare(
      'SELECT id, identity, last_seen AS lastSeen FROM identities WHERE person = ? ORDER BY id',
    );
    // Reads only the index: the rows may be on pages that cannot be read.
    this.identityIdsOf = db.prepare(
      'SELECT id FROM identities INDEXED BY identities_by_person WHERE person = ? ORDER BY id',
    );
    this.identity = db.prepare('SELECT id, identity, last_seen AS lastSeen FROM identities WHERE id = ?');
    this.latestOf = db.prepare(LATEST_TIME);
    this.hit = db.prepare(`${SELECT_HITS} WHERE h.id = ?`);
  }

  person(key: string, identity: string, counting: Counting): Person | undefined {
    return this.atOneMoment(() => {
      const identities = this.identitiesOfPerson(key, identity);
      if (!identities.length) return undefined;
      const { sizes, partial } = this.latest.of(identities);
      const hits = sizes.reverse().flatMap(({ id }) => this.hitIfReadable(id, counting) ?? []);
      return assemblePerson(identities, hits, counting, partial);
    });
  }

  people(key: string, text: string, limit: number): PersonSummary[] {
    return this.atOneMoment(() => {
      const people = this.search.people(this.site(key), text, limit).map((person) => this.identities(person));
      const couldBeLast = people.map((identities) => this.couldBeLast(identities));
      const seen = this.unfiled.lastSeen(couldBeLast.flat().map(({ id }) => id));
      return people
        .map((identities, at) => summarizeBriefly(this.seenExactly(identities, couldBeLast[at]!, seen)))
        .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
    });
  }

  /** All identities of the person to whom one belongs, oldest first; none for an unknown identity. */
  identitiesOfPerson(key: string, identity: string): IdentityRow[] {
    const row = this.personOf.get(this.site(key), identity) as { person: number } | undefined;
    return row ? this.identities(row.person) : [];
  }

  /** Runs statements in one transaction, so that they read the same state. */
  private atOneMoment<T>(read: () => T): T {
    return atOneMoment(this.db, read);
  }

  private hitIfReadable(id: number, counting: Counting): StoredHit | undefined {
    const row = readable(() => this.hit.get(id) as HitRow | undefined);
    return row && toHit(row, this.texts, counting);
  }

  /** The identities that could have the latest hit. Their hits are read, since times in the table may be a minute too early. */
  private couldBeLast(identities: IdentityRow[]): IdentityRow[] {
    const { lastSeen } = summarize(identities);
    return identities.filter((one) => one.lastSeen !== null && one.lastSeen >= lastSeen! - LAST_SEEN_STEP_SECONDS);
  }

  /** @param unfiled the latest times of hits that are not filed yet, keyed by the number of the identity */
  private seenExactly(
    identities: IdentityRow[],
    couldBeLast: IdentityRow[],
    unfiled: ReadonlyMap<number, number>,
  ): IdentitySeen[] {
    const exact = new Map<number, number>();
    for (const { id, lastSeen } of couldBeLast) {
      const row = readable(() => this.latestOf.get(id) as { time: number } | undefined);
      exact.set(id, Math.max(lastSeen!, row?.time ?? 0, unfiled.get(id) ?? 0));
    }
    return identities.map((identity) => ({ ...identity, lastSeen: exact.get(identity.id) ?? identity.lastSeen }));
  }

  /** The identities of a person, without those on pages that cannot be read. */
  private identities(person: number): IdentityRow[] {
    return readableRows<IdentityRow>(
      () => this.identitiesOf.all(person),
      () => this.identityIdsOf.all(person),
      (id) => this.identity.get(id),
    ).rows;
  }
}
