import { OldHits } from './old-hits.js';
import { PeopleWithoutHits, type ExpiryParts } from './people-without-hits.js';

/** Identities that are remembered to have lost hits; of more than those, all that were not seen since are looked at. */
const MOST_LOST_HITS = 100_000;

/** Removes what is older than a site keeps it, and then who has nothing left. */
export class Expiry {
  private readonly old: OldHits;
  private readonly withoutHits: PeopleWithoutHits;
  /** Sites of which all people without a hit were removed; since then, only those who lose hits here can have none. */
  private readonly lookedThrough = new Set<number>();

  constructor(parts: ExpiryParts) {
    this.old = new OldHits(parts);
    this.withoutHits = new PeopleWithoutHits(parts);
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    // A kill, or an error, loses who has lost hits: then, as after every start, all are looked at.
    const wasLookedThrough = this.lookedThrough.delete(site);
    const lostHits = new Set<number>();
    let hits = 0;
    await this.old.drop(site, before, (dropped) => {
      hits += dropped.length;
      for (const { identity } of dropped) if (lostHits.size <= MOST_LOST_HITS) lostHits.add(identity);
    });
    const identities =
      wasLookedThrough && lostHits.size <= MOST_LOST_HITS
        ? await this.withoutHits.dropOf(site, lostHits)
        : await this.withoutHits.dropUnseen(site, before);
    this.lookedThrough.add(site);
    return { hits, identities };
  }
}
