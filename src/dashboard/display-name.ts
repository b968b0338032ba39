import { isAnonymous } from '../protocol/anonymous.js';
import type { Person } from '../protocol/api.js';

/**
 * The identity that is shown as a person's name: the latest customer id that is not a random id, else the latest other identity
 * that is not, else the first random id.
 */
export function displayName({ identities, customerIds }: Pick<Person, 'identities' | 'customerIds'>): string {
  const chosen = [...identities, ...customerIds].filter((identity) => !isAnonymous(identity));
  return chosen.at(-1) ?? identities[0] ?? '';
}
