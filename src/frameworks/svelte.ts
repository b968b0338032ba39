import { onDestroy } from 'svelte';
import { toStore } from 'svelte/store';
import { tell, type MaybeIdentity } from './identity.js';
import { load, type KmqProps } from './load.js';

export type { Identity, MaybeIdentity } from './identity.js';
export type { KmqProps } from './load.js';

/** Starts the tracker. It renders nothing. Svelte 5 compiles a component to a function like this one. */
export function Kmq(_internals: unknown, props: KmqProps): Record<never, never> {
  load(props);
  return {};
}

/**
 * Names the visitor when the id changes, and signs them out when it becomes null or undefined. Call it in the script of a component
 * that stays mounted, such as the root layout: `useIdentify(() => user?.id)`.
 */
export function useIdentify(id: () => MaybeIdentity): void {
  let told: MaybeIdentity;
  onDestroy(
    // This file is not compiled by Svelte, so it cannot use runes. A store made of the getter follows the state that the getter
    // reads.
    toStore(id).subscribe((now) => {
      tell(now, told);
      told = now;
    }),
  );
}
