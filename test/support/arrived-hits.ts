import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY } from './collector.js';

/** 1 January 2026, 12 o'clock UTC. */
export const NOON = 1_767_268_800;

/** What a person did: an alias if there is `other`, only properties if there is no event. */
export interface Told {
  person: string;
  event?: string;
  other?: string;
  properties?: [string, string][];
  /** When the hit happened and was sent, Unix seconds. */
  time?: number;
  /** When it arrived; absent: at `time`. */
  received?: number;
  id?: string;
  agent?: ArrivedHit['agent'];
}

/** A hit in the form in which a store gets it. */
export function arrived({
  person,
  event,
  other,
  properties = [],
  time = NOON,
  received = time,
  id,
  agent = 'browser',
}: Told): ArrivedHit {
  const kind = other !== undefined ? 'alias' : event !== undefined ? 'event' : 'properties';
  const name = other ?? event ?? null;
  const rest = { key: KEY, time, sent: time, id: id ?? null, warnings: [] };
  return { hit: { ...rest, kind, person, name, properties }, received, agent };
}
