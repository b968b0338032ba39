import { IDENTITIES_OF_A_PERSON } from '../../../protocol/limits.js';
import { TOO_MANY_IDENTITIES } from '../model/refused-aliases.js';
import type { Entry, RefusedEntry } from '../store.js';

/** From this size on people are remembered: two of them together would be too large. */
const LARGE_IDENTITIES = IDENTITIES_OF_A_PERSON / 2;
/** Bounds the memory that they take. Of those that were looked at longest ago, the next alias is believed again. */
const MOST_IDENTITIES = 300_000;
/** A person who is refused aliases is looked at again after so long: another collector may have erased them. */
const LOOK_AGAIN_MS = 600_000;

interface LargePerson {
  site: string;
  identities: Set<string>;
  /** Unix milliseconds. */
  lookedAt: number;
}

/**
 * Who has so many identities that an alias may be one too many, as far as this collector knows: by its last look at
 * ClickHouse, and by the aliases that it has taken since. No collector waits for ClickHouse to take a hit, so others may
 * have added more, and so may this one before it looks.
 */
export class LargePeople {
  private readonly sites = new Map<string, Map<string, LargePerson>>();
  /** Those that were looked at longest ago come first. */
  private readonly people = new Set<LargePerson>();
  private identities = 0;

  /** @param onStale told of who should be looked at again */
  constructor(private readonly onStale: (site: string, identity: string) => void) {}

  /** The aliases that would make a person too large; all others are noted. */
  refusedAmong(entries: readonly Entry[]): RefusedEntry[] {
    const refused: RefusedEntry[] = [];
    if (!this.people.size) return refused;
    entries.forEach((entry, index) => {
      if (!('hit' in entry) || entry.hit.kind !== 'alias') return;
      const { key, person, name } = entry.hit;
      if (this.refuses(key, person, name!)) refused.push({ entry: index, reason: TOO_MANY_IDENTITIES });
    });
    return refused;
  }

  /** Whether a person is known to take no more identities. */
  isFull(site: string, identity: string): boolean {
    const person = this.sites.get(site)?.get(identity);
    return person !== undefined && person.identities.size >= IDENTITIES_OF_A_PERSON;
  }

  /** Somebody was looked at: these are all their identities, or as many as were looked for. */
  learn(site: string, identities: readonly string[]): void {
    this.forget(site, identities);
    if (identities.length < LARGE_IDENTITIES) return;
    const person = { site, identities: new Set<string>(), lookedAt: Date.now() };
    this.people.add(person);
    for (const identity of identities) this.add(person, identity);
    for (const oldest of this.people) {
      if (this.identities <= MOST_IDENTITIES || oldest === person) break;
      this.drop(oldest);
    }
  }

  /** These identities may not be whose they were. */
  forget(site: string, identities: readonly string[]): void {
    for (const identity of identities) {
      const person = this.sites.get(site)?.get(identity);
      if (person) this.drop(person);
    }
  }

  clear(): void {
    for (const person of this.people) this.drop(person);
  }

  private refuses(site: string, one: string, other: string): boolean {
    const a = this.sites.get(site)?.get(one);
    const b = this.sites.get(site)?.get(other);
    if (a === b) return false;
    if ((a?.identities.size ?? 1) + (b?.identities.size ?? 1) > IDENTITIES_OF_A_PERSON) {
      this.lookAgain(a ?? b!, a ? one : other);
      return true;
    }
    if (a && b) {
      this.drop(b);
      for (const identity of b.identities) this.add(a, identity);
    } else {
      this.add(a ?? b!, a ? other : one);
    }
    return false;
  }

  private lookAgain(person: LargePerson, identity: string): void {
    if (Date.now() - person.lookedAt < LOOK_AGAIN_MS) return;
    person.lookedAt = Date.now();
    this.onStale(person.site, identity);
  }

  private add(person: LargePerson, identity: string): void {
    let ofSite = this.sites.get(person.site);
    if (!ofSite) this.sites.set(person.site, (ofSite = new Map<string, LargePerson>()));
    ofSite.set(identity, person);
    person.identities.add(identity);
    this.identities += 1;
  }

  private drop(person: LargePerson): void {
    const ofSite = this.sites.get(person.site)!;
    for (const identity of person.identities) ofSite.delete(identity);
    if (!ofSite.size) this.sites.delete(person.site);
    this.people.delete(person);
    this.identities -= person.identities.size;
  }
}
