import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Statement } from '../sqlite/database.js';
import { SEARCH_PERIOD_SECONDS } from './identities.js';
import { HitDeletion } from './hit-deletion.js';
import type { SearchIndex } from './search-index.js';
import type { Steps } from './steps.js';
import type { EmbeddedWriter } from './writer.js';

/** Rows that one step looks through: some milliseconds, so that hits arriving meanwhile wait no longer. */
const ROWS_PER_STEP = 1000;
/** Identities that one step looks at: each is a question to the index of hits. */
const IDENTITIES_PER_STEP = 500;
/** Identities that one step removes, with their trigrams. */
const REMOVED_PER_STEP = 50;

interface IdentityRow {
  id: number;
  person: number;
  period: number;
}

interface ExpiryParts {
  db: Database;
  writer: EmbeddedWriter;
  index: SearchIndex;
  steps: Steps;
}

/** Removes what is older than a site keeps it, and then who has nothing left. */
export class Expiry {
  private readonly deletion: HitDeletion;
  private readonly newest: Statement;
  private readonly unseen: Statement;
  private readonly identitiesOf: Statement;
  private readonly nameOf: Statement;
  private readonly dropIdentity: Statement;

  constructor(private readonly parts: ExpiryParts) {
    const { db, writer } = parts;
    this.deletion = new HitDeletion(db, writer);
    this.newest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
    this.unseen = db.prepare(`
      SELECT id, person, period FROM identities WHERE site = ? AND (period, id) > (?, ?) AND period <= ?
      ORDER BY period, id LIMIT ${IDENTITIES_PER_STEP}`);
    this.identitiesOf = db.prepare(
      `SELECT id FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${IDENTITIES_PER_STEP}`,
    );
    this.nameOf = db.prepare('SELECT identity FROM identities WHERE id = ?');
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    const hits = await this.dropHits(site, before);
    return { hits, identities: await this.dropLonely(site, before) };
  }

  private async dropHits(site: number, before: number): Promise<number> {
    const { id: newest } = this.newest.get() as { id: number };
    let last = 0;
    let removed = 0;
    let dropped = 0;
    const step = (most: number): number => {
      const end = Math.min(last + most, newest);
      dropped = this.deletion.olderThan(before, site, last, end);
      return end - last;
    };
    await this.parts.steps.whileFull(ROWS_PER_STEP, step, (rows) => {
      last += rows;
      removed += dropped;
    });
    return removed;
  }

  /**
   * Removes people without a hit. They are found by their identities that were not seen since, whoever removed the hits
   * and whenever: nothing is remembered that a kill could lose. A person is looked at once.
   */
  private async dropLonely(site: number, before: number): Promise<number> {
    let dropped = 0;
    const seen = new Set<number>();
    const latest = Math.floor(before / SEARCH_PERIOD_SECONDS);
    for (let at = { period: -1, id: 0 }; ;) {
      this.parts.steps.goOn();
      const rows = this.unseen.all(site, at.period, at.id, latest) as IdentityRow[];
      if (!rows.length) return dropped;
      for (const { person } of rows) {
        if (seen.has(person)) continue;
        seen.add(person);
        const lonely = await this.identitiesIfLonely(person);
        if (!lonely) continue;
        await this.drop(lonely);
        dropped += lonely.length;
      }
      at = rows.at(-1)!;
      await turn();
    }
  }

  /** The numbers of a person's identities, where none of them has a hit. */
  private async identitiesIfLonely(person: number): Promise<number[] | undefined> {
    const ids: number[] = [];
    for (let last = 0; ;) {
      const rows = this.identitiesOf.all(person, last) as { id: number }[];
      if (!rows.length) return ids;
      if (rows.some(({ id }) => this.parts.writer.index.hasHits(id))) return undefined;
      for (const { id } of rows) ids.push(id);
      last = rows.at(-1)!.id;
      if (rows.length === IDENTITIES_PER_STEP) await turn();
    }
  }

  /** An identity that has got a hit since stays: it is somebody who came back. */
  private async drop(ids: readonly number[]): Promise<void> {
    const { steps, index, writer } = this.parts;
    await steps.each(ids, REMOVED_PER_STEP, (few) => {
      for (const id of few) {
        const name = this.nameOf.get(id) as { identity: string } | undefined;
        if (!name || writer.index.hasHits(id)) continue;
        index.forget(id, name.identity);
        this.dropIdentity.run(id);
      }
      // A hit that arrives before the next step must not be filed under an identity that is gone.
      writer.forgetIdentities();
    });
  }
}
