import type { Counting, StoredHit } from '../store.js';

/**
 * Whether the reference's rule is for a hit (docs/reference.md#8.4): what one identity does twice in one second (`_t`) counts once.
 * Only hits for which it is are compared with one another.
 */
export function obeysTheSecond({ id }: Pick<StoredHit, 'id'>, counting: Counting): boolean {
  return counting === 'reference' || (counting === 'auto' && id === null);
}
