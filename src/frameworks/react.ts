import { useEffect, useRef } from 'react';
import { tell, type MaybeIdentity } from './identity.js';
import { load, type KmqProps } from './load.js';

export type { Identity, MaybeIdentity } from './identity.js';
export type { KmqProps } from './load.js';

/** Starts the tracker once the page is there. It renders nothing, so there is nothing that a server could render otherwise. */
export function Kmq(props: KmqProps): null {
  useEffect(() => load(props), [props.site, props.collector]);
  return null;
}

/** Names the visitor when the id changes, and signs them out when it goes. Call it in a component that stays. */
export function useIdentify(id: MaybeIdentity): void {
  // Kept where strict mode runs effects twice.
  const told = useRef<MaybeIdentity>(undefined);
  useEffect(() => {
    tell(id, told.current);
    told.current = id;
  }, [id]);
}
