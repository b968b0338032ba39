import type { Counting, StoredHit } from '../store.js';

/**
 * Whether the reference's rule applies to a hit (docs/reference.md#8.4): what one identity does twice in one second (`_t`) counts once.
 * Only hits to which it applies are compared with one another.
 */
export function obeysTheSecond({ id }: Pick<StoredHit, 'id'>, counting: Counting): boolean {
  return counting === 'reference' || (counting === 'auto' && id === null);
}
