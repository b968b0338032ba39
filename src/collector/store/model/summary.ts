import type { PersonSummary } from '../../../protocol/api.js';
import { IDENTITIES_OF_A_RESULT } from './limits.js';

/** An identity and when something last arrived under it; null while it appeared only in aliases. */
export interface IdentitySeen {
  identity: string;
  lastSeen: number | null;
}

/** One person out of all their identities, oldest first. */
export function summarize(identities: IdentitySeen[]): PersonSummary {
  const active = identities.filter(({ lastSeen }) => lastSeen !== null);
  return {
    identities: identities.map(({ identity }) => identity),
    customerIds: active.map(({ identity }) => identity),
    lastSeen: active.reduce<number | null>((latest, { lastSeen }) => Math.max(latest ?? 0, lastSeen!), null),
  };
}

/** One person of a search's result: of very many identities, those that came last. */
export function summarizeBriefly(identities: IdentitySeen[]): PersonSummary {
  const { lastSeen } = summarize(identities);
  const listed = identities.slice(-IDENTITIES_OF_A_RESULT);
  const more = identities.length - listed.length;
  return { ...summarize(listed), ...(more && { moreIdentities: more }), lastSeen };
}
