import type { LastTime } from './hit-ages.js';
import { OldHits } from './old-hits.js';
import type { ExpiryParts } from './people-deletion.js';
import { PeopleWithoutHits } from './people-without-hits.js';

/** How many identities are remembered to be checked. If there are more, all that were not seen since `before` are checked. */
const MOST_REMEMBERED = 100_000;

/**
 * Removes events and properties that are older than the retention of their site, and then the people who have none left, with their
 * aliases.
 */
export class Expiry {
  private readonly old: OldHits;
  private readonly withoutHits: PeopleWithoutHits;
  /**
   * Sites whose people without hits were all removed. After that, only people who lose hits here, or whose aliases become too old, can
   * be without hits.
   */
  private readonly lookedThrough = new Map<number, LastTime>();

  constructor(parts: ExpiryParts) {
    this.old = new OldHits(parts);
    this.withoutHits = new PeopleWithoutHits(parts);
  }

  /** @param before Unix seconds @returns how many hits and identities were removed */
  async expire(site: number, before: number): Promise<{ hits: number; identities: number }> {
    // A kill or an error forgets whom to check. Then all people are checked, as after every start.
    const since = this.lookedThrough.get(site);
    this.lookedThrough.delete(site);
    const toCheck = new Set<number>();
    let hits = 0;
    const passed = await this.old.drop(site, before, since, ({ dropped, aliases }) => {
      hits += dropped.length;
      for (const some of [dropped, aliases])
        for (const { identity } of some) if (toCheck.size <= MOST_REMEMBERED) toCheck.add(identity);
    });
    const gone =
      since && toCheck.size <= MOST_REMEMBERED
        ? await this.withoutHits.dropOf(site, before, toCheck)
        : await this.withoutHits.dropUnseen(site, before);
    this.lookedThrough.set(site, passed);
    return { hits: hits + gone.aliases, identities: gone.identities };
  }
}
