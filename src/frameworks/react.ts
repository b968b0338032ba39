import { useEffect, useRef } from 'react';
import { tell, type MaybeIdentity } from './identity.js';
import { load, type KmqProps } from './load.js';

export type { Identity, MaybeIdentity } from './identity.js';
export type { KmqProps } from './load.js';

/** Starts the tracker when it is mounted in a browser. It renders nothing, on a server as well. */
export function Kmq(props: KmqProps): null {
  useEffect(() => load(props), [props.site, props.collector]);
  return null;
}

/**
 * Names the visitor when the id changes, and signs them out when it becomes null or undefined. Call it in a component that stays
 * mounted.
 */
export function useIdentify(id: MaybeIdentity): void {
  // A ref keeps its value when strict mode runs an effect twice.
  const told = useRef<MaybeIdentity>(undefined);
  useEffect(() => {
    tell(id, told.current);
    told.current = id;
  }, [id]);
}
