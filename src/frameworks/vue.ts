import { toValue, watch, type MaybeRefOrGetter } from 'vue';
import { tell, type MaybeIdentity } from './identity.js';
import { load, type KmqProps } from './load.js';

export type { Identity, MaybeIdentity } from './identity.js';
export type { KmqProps } from './load.js';

/** Starts the tracker. It renders nothing. */
export const Kmq = {
  name: 'Kmq',
  // Without this default, Vue makes a missing boolean false.
  props: { site: String, collector: String, pageViews: { type: Boolean, default: undefined }, nonce: String },
  setup(props: KmqProps) {
    load(props);
    return () => null;
  },
  // A type of kmq's own instead of Vue's: the declarations of kmq must not need another package.
} as unknown as new () => { $props: KmqProps };

/**
 * Names the visitor when the id changes, and signs them out when it becomes null or undefined. Call it in the `setup` of a
 * component that stays mounted.
 * @param id a ref or a getter; a plain value never changes
 */
export function useIdentify(id: MaybeIdentity | { readonly value: MaybeIdentity } | (() => MaybeIdentity)): void {
  watch(() => toValue(id as MaybeRefOrGetter<MaybeIdentity>), tell, { immediate: true });
}
