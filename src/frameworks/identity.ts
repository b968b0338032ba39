import type { Identity } from '../tracker/types.js';

export type { Identity };

/** Who the visitor is: null where nobody is signed in, undefined while that is not known yet. */
export type MaybeIdentity = Identity | null | undefined;

/**
 * Tells the tracker who the visitor is, if that has changed. Undefined after an id is a sign-out as well: that is what
 * `user?.id` becomes.
 * @param before what it was told by the same component before
 */
export function tell(id: MaybeIdentity, before: MaybeIdentity): void {
  if (typeof document == 'undefined' || id === before) return;
  ((globalThis as { _kmq?: unknown[] })._kmq ||= []).push(['identify', id ?? null]);
}
