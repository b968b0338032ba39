import { IDENTITIES_OF_A_PERSON } from '../../../protocol/limits.js';
import { TOO_MANY_IDENTITIES } from '../model/refused-aliases.js';
import type { Entry, RefusedEntry } from '../store.js';

/** People with so many identities are remembered: two of them merged may be too large. */
const LARGE_IDENTITIES = IDENTITIES_OF_A_PERSON / 2;
/**
 * The most identities that are remembered: those of thirty of the largest people. The people who were looked up longest ago are evicted; their
 * next alias is accepted.
 */
const MOST_IDENTITIES = 30 * IDENTITIES_OF_A_PERSON;
/** A person whose aliases are refused is looked up again after so long: another collector may have erased them. */
const LOOK_AGAIN_MS = 600_000;

interface LargePerson {
  site: string;
  identities: Set<string>;
  /** By `performance.now()`. */
  lookedAt: number;
}

/**
 * The people with so many identities that an alias could exceed the limit. This collector knows them from its last query of
 * ClickHouse and from the aliases that it has accepted since. No collector waits for ClickHouse when it accepts a hit. So other
 * collectors, or this one before its next query, may have added more identities than it knows.
 */
export class LargePeople {
  private readonly sites = new Map<string, Map<string, LargePerson>>();
  /** The people who were looked up longest ago come first. */
  private readonly people = new Set<LargePerson>();
  private identities = 0;

  /** @param onStale called with an identity of a person who should be looked up again */
  constructor(private readonly onStale: (site: string, identity: string) => void) {}

  /** Returns the aliases that would make a person too large. The other aliases of known people are noted. */
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

  /** Whether a person is known to have the most identities. */
  isFull(site: string, identity: string): boolean {
    const person = this.sites.get(site)?.get(identity);
    return person !== undefined && person.identities.size >= IDENTITIES_OF_A_PERSON;
  }

  /** Notes a person who was looked up. @param identities all of them, or as many as the query looked for */
  learn(site: string, identities: readonly string[]): void {
    this.forget(site, identities);
    if (identities.length < LARGE_IDENTITIES) return;
    const person = { site, identities: new Set<string>(), lookedAt: performance.now() };
    this.people.add(person);
    for (const identity of identities) this.add(person, identity);
    for (const oldest of this.people) {
      if (this.identities <= MOST_IDENTITIES || oldest === person) break;
      this.drop(oldest);
    }
  }

  /** Forgets the people of these identities, which may belong to others now. */
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
    if (performance.now() - person.lookedAt < LOOK_AGAIN_MS) return;
    person.lookedAt = performance.now();
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
