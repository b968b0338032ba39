import { currentId, isNobody } from '../identity.js';
import { sendHit } from '../delivery/hit.js';

/**
 * `alias(id, other?)`: both identities are one person, for good; without the other it is the current one.
 * Sends nothing for two that are the same (docs/reference.md#1.3) or an id that means nobody.
 * @throws TypeError for an object
 */
export function alias(id: unknown, other?: unknown): void {
  const person = isNobody(other) ? currentId() : other;
  // Loosely: 7 and '7' are one on the wire.
  if (!isNobody(id) && id != person) sendHit('/a', id, person, {});
}
