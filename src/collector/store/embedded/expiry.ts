import { LonelyPeople, type LonelyParts } from './lonely-people.js';
import { OldHits } from './old-hits.js';

/** Identities that are remembered to have lost hits; of more than those, all that were not seen since are looked at. */
const MOST_BEREFT = 100_000;

/** Removes what is older than a site keeps it, and then who has nothing left. */
export class Expiry {
  private readonly old: OldHits;
  private readonly lonely: LonelyPeople;
  /** Sites of which all people without a hit were removed; since then, only those who lose hits here can have none. */
  private readonly lookedThrough = new Set<number>();

  constructor(parts: LonelyParts) {
    this.old = new OldHits(parts);
    this.lonely = new LonelyPeople(parts);
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    // A kill, or an error, loses who is bereft: then, as after every start, all are looked at.
    const wasLookedThrough = this.lookedThrough.delete(site);
    const bereft = new Set<number>();
    let hits = 0;
    await this.old.drop(site, before, (dropped) => {
      hits += dropped.length;
      for (const { identity } of dropped) if (bereft.size <= MOST_BEREFT) bereft.add(identity);
    });
    const identities =
      wasLookedThrough && bereft.size <= MOST_BEREFT
        ? await this.lonely.dropOf(site, bereft)
        : await this.lonely.dropUnseen(site, before);
    this.lookedThrough.add(site);
    return { hits, identities };
  }
}
