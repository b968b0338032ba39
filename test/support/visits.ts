import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY } from './collector.js';

/** An event of the site of the tests, as it arrives. @param time of arrival, and `_t`, where it is not given apart */
export function visit(
  said: { person: string; id: string | null; properties: [name: string, value: string][] },
  time: number,
  received = time,
): ArrivedHit {
  const hit = { ...said, kind: 'event' as const, key: KEY, name: 'Visited', time, sent: time, warnings: [] };
  return { received, agent: 'browser', hit };
}
