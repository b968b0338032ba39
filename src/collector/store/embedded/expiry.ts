import { OldHits } from './old-hits.js';
import { PeopleWithoutHits, type ExpiryParts } from './people-without-hits.js';

/** How many identities that lost hits are remembered. Above that, all identities that were not seen since are checked. */
const MOST_LOST_HITS = 100_000;

/** Removes hits that are older than the retention of their site, and then the people who have no hits left. */
export class Expiry {
  private readonly old: OldHits;
  private readonly withoutHits: PeopleWithoutHits;
  /** Sites whose people without hits were all removed. After that, only people who lose hits here can have none. */
  private readonly lookedThrough = new Set<number>();

  constructor(parts: ExpiryParts) {
    this.old = new OldHits(parts);
    this.withoutHits = new PeopleWithoutHits(parts);
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    // A kill or an error forgets which people have lost hits. Then all people are checked, as after every start.
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
