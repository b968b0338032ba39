import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY } from './collector.js';

/** An event of the tests' site, as it arrives. @param time the time of the hit (`_t`), and of its arrival if there is no `received` */
export function visit(
  said: { person: string; id: string | null; properties: [name: string, value: string][] },
  time: number,
  received = time,
): ArrivedHit {
  const hit = { ...said, kind: 'event' as const, key: KEY, name: 'Visited', time, sent: time, warnings: [] };
  return { received, agent: 'browser', hit };
}
