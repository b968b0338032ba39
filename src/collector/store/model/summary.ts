import type { PersonSummary } from '../../../protocol/api.js';

/** An identity and when something last arrived under it; null while it was only ever aliased. */
export interface IdentitySeen {
  identity: string;
  lastSeen: number | null;
}

/** One person of a search's result, out of all their identities, oldest first. */
export function summarize(identities: IdentitySeen[]): PersonSummary {
  const active = identities.filter(({ lastSeen }) => lastSeen !== null);
  return {
    identities: identities.map(({ identity }) => identity),
    customerIds: active.map(({ identity }) => identity),
    lastSeen: active.reduce<number | null>((latest, { lastSeen }) => Math.max(latest ?? 0, lastSeen!), null),
  };
}
