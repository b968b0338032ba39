import { onDestroy } from 'svelte';
import { toStore } from 'svelte/store';
import { tell, type MaybeIdentity } from './identity.js';
import { load, type KmqProps } from './load.js';

export type { Identity, MaybeIdentity } from './identity.js';
export type { KmqProps } from './load.js';

/** Starts the tracker. It renders nothing. A component of Svelte 5 is a function, and this is what its compiler makes of one. */
export function Kmq(_internals: unknown, props: KmqProps): Record<never, never> {
  load(props);
  return {};
}

/**
 * Names the visitor when the id changes, and signs them out when it goes. Call it in the script of a component that stays,
 * such as the root layout: `useIdentify(() => user?.id)`.
 */
export function useIdentify(id: () => MaybeIdentity): void {
  let told: MaybeIdentity;
  onDestroy(
    // Runes are for what Svelte compiles; a store of a getter follows the state that the getter reads.
    toStore(id).subscribe((now) => {
      tell(now, told);
      told = now;
    }),
  );
}
