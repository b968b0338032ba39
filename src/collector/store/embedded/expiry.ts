import type { Statement } from '../sqlite/database.js';
import { HitDeletion } from './hit-deletion.js';
import { LonelyPeople, type LonelyParts } from './lonely-people.js';

/** Rows that one step looks through: some milliseconds, so that hits arriving meanwhile wait no longer. */
const ROWS_PER_STEP = 1000;
/** Identities that are remembered to have lost hits; of more than those, all that were not seen since are looked at. */
const MOST_BEREFT = 100_000;

/** Removes what is older than a site keeps it, and then who has nothing left. */
export class Expiry {
  private readonly deletion: HitDeletion;
  private readonly lonely: LonelyPeople;
  private readonly newest: Statement;
  /** Sites of which all people without a hit were removed; since then, only those who lose hits here can have none. */
  private readonly lookedThrough = new Set<number>();

  constructor(private readonly parts: LonelyParts) {
    const { db, writer } = parts;
    this.deletion = new HitDeletion(db, writer);
    this.lonely = new LonelyPeople(parts);
    this.newest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    // A kill, or an error, loses who is bereft: then, as after every start, all are looked at.
    const wasLookedThrough = this.lookedThrough.delete(site);
    const bereft = new Set<number>();
    const hits = await this.dropHits(site, before, bereft);
    const identities =
      wasLookedThrough && bereft.size <= MOST_BEREFT
        ? await this.lonely.dropOf(site, bereft)
        : await this.lonely.dropUnseen(site, before);
    this.lookedThrough.add(site);
    return { hits, identities };
  }

  /** @param bereft gets the numbers of identities that have lost hits */
  private async dropHits(site: number, before: number, bereft: Set<number>): Promise<number> {
    const { id: newest } = this.newest.get() as { id: number };
    let last = 0;
    let removed = 0;
    let dropped: readonly { identity: number }[] = [];
    const step = (most: number): number => {
      const end = Math.min(last + most, newest);
      dropped = this.deletion.olderThan(before, site, last, end);
      return end - last;
    };
    await this.parts.steps.whileFull(ROWS_PER_STEP, step, (rows) => {
      last += rows;
      removed += dropped.length;
      for (const { identity } of dropped) if (bereft.size <= MOST_BEREFT) bereft.add(identity);
    });
    return removed;
  }
}
