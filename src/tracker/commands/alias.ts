import { currentId, isNobody } from '../identity.js';
import { sendHit } from '../delivery/hit.js';

/**
 * `alias(id, other?)`: makes both identities one person, for good. The current identity is used if `other` is missing or means
 * nobody. Sends nothing if both are the same (docs/reference.md#1.3) or `id` means nobody.
 * @throws TypeError for an object
 */
export function alias(id: unknown, other?: unknown): void {
  const person = isNobody(other) ? currentId() : other;
  // `!=` on purpose: 7 and '7' are the same text in a request.
  if (!isNobody(id) && id != person) sendHit('/a', id, person, {});
}
