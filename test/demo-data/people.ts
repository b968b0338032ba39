import type { ArrivedHit } from '../../src/collector/store/store.js';

export interface People {
  count: number;
  /** By any identity of the person. */
  identities: Map<string, string[]>;
  /** The person of an identity. */
  of(identity: string): string;
  /** The people who did an event. */
  who(event: string): Set<string>;
  /** The people who have had a value of a property. */
  with(property: string, value: string): Set<string>;
}

/** The people of these hits, merged by their aliases. */
export function peopleOf(entries: readonly ArrivedHit[]): People {
  const above = new Map<string, string>();
  const of = (identity: string): string => {
    let top = identity;
    for (let next; (next = above.get(top)) !== undefined;) top = next;
    return top;
  };
  const all = new Set<string>();
  for (const { hit } of entries) {
    all.add(hit.person);
    if (hit.kind !== 'alias') continue;
    all.add(hit.name!);
    const [one, other] = [of(hit.person), of(hit.name!)];
    if (one !== other) above.set(one, other);
  }
  const identities = Map.groupBy(all, of);
  const who = new Map<string, Set<string>>();
  const having = new Map<string, Set<string>>();
  const note = (sets: Map<string, Set<string>>, name: string, person: string): void =>
    void (sets.get(name) ?? sets.set(name, new Set()).get(name)!).add(person);
  for (const { hit } of entries) {
    const person = of(hit.person);
    if (hit.kind === 'event') note(who, hit.name!, person);
    for (const pair of hit.properties) note(having, pair.join('\n'), person);
  }
  return {
    count: identities.size,
    identities,
    of,
    who: (event) => who.get(event)!,
    with: (property, value) => having.get(`${property}\n${value}`)!,
  };
}
