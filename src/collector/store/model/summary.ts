import type { PersonSummary } from '../../../protocol/api.js';
import { IDENTITIES_OF_A_RESULT } from './limits.js';

/** An identity, and the time of its latest event or property; null if it was only in aliases. */
export interface IdentitySeen {
  identity: string;
  lastSeen: number | null;
}

/** A summary of a person. @param identities all of them, oldest first */
export function summarize(identities: IdentitySeen[]): PersonSummary {
  const active = identities.filter(({ lastSeen }) => lastSeen !== null);
  return {
    identities: identities.map(({ identity }) => identity),
    customerIds: active.map(({ identity }) => identity),
    lastSeen: active.reduce<number | null>((latest, { lastSeen }) => Math.max(latest ?? 0, lastSeen!), null),
  };
}

/** A summary for the result of a search. Of very many identities, only the latest ones. */
export function summarizeBriefly(identities: IdentitySeen[]): PersonSummary {
  const { lastSeen } = summarize(identities);
  const listed = identities.slice(-IDENTITIES_OF_A_RESULT);
  const more = identities.length - listed.length;
  return { ...summarize(listed), ...(more && { moreIdentities: more }), lastSeen };
}
