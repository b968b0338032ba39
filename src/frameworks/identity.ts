import type { Identity } from '../tracker/types.js';
import { pageQueue } from './queue.js';

export type { Identity };

/** Who the visitor is: null if nobody is signed in, undefined while that is not known yet. */
export type MaybeIdentity = Identity | null | undefined;

/**
 * Tells the tracker who the visitor is, if that has changed. Undefined after an id is also a sign-out, since `user?.id` becomes
 * undefined then.
 * @param before the id that the same component passed last
 */
export function tell(id: MaybeIdentity, before: MaybeIdentity): void {
  if (typeof document == 'undefined' || id === before) return;
  pageQueue().push(['identify', id ?? null]);
}
