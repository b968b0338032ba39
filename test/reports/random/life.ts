import fc from 'fast-check';
import type { ArrivedHit } from '../../../src/collector/store/store.js';
import { foldName } from '../../../src/protocol/text.js';
import { arrived } from '../../support/arrived-hits.js';
import { identityName, sentEvent, sentProperty, value } from './texts.js';

// What may happen to a store.

export const DAY = '2026-03-01';
export const NOON = Date.parse(`${DAY}T12:00Z`) / 1000;

let ids = 0;
const properties = fc.array(fc.tuple(sentProperty, value), { maxLength: 3 });
const second = fc.constantFrom(-86_400, -3600, 0, 0, 0, 0, 1, 300, 1801, 90_000).map((more) => NOON + more);
const hit = fc
  .record({
    kind: fc.constantFrom(
      'event' as const,
      'event' as const,
      'event' as const,
      'properties' as const,
      'alias' as const,
    ),
    person: identityName,
    event: sentEvent,
    other: identityName,
    properties,
    time: second,
    hasId: fc.boolean(),
    agent: fc.constantFrom('browser' as const, 'browser' as const, 'bot' as const, 'server' as const),
  })
  .map(({ kind, person, event, other, properties, time, hasId, agent }): ArrivedHit => {
    const what = kind === 'event' ? { event } : kind === 'alias' ? { other } : {};
    const carried = kind === 'alias' ? [] : once(properties);
    return arrived({ person, ...what, properties: carried, time, agent, ...(hasId && { id: `id ${++ids}` }) });
  });

/** A hit has one value of a property. */
function once(all: [string, string][]): [string, string][] {
  return [...new Map(all.map((pair) => [pair[0].toLowerCase(), pair])).values()];
}

export type Happening =
  | { is: 'hits'; hits: ArrivedHit[] }
  | { is: 'erased'; who: string }
  | { is: 'expired'; before: number }
  | { is: Ending };

/** What may happen to the process that answers. */
type Ending = 'killed' | 'restarted' | 'deleted';

export function happeningOf(endings: Ending[]): fc.Arbitrary<Happening> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(hit, { minLength: 1, maxLength: 8 }).map((hits) => ({ is: 'hits' as const, hits })),
    },
    { weight: 2, arbitrary: identityName.map((who) => ({ is: 'erased' as const, who })) },
    { weight: 1, arbitrary: second.map((before) => ({ is: 'expired' as const, before })) },
    { weight: 2, arbitrary: fc.constantFrom(...endings).map((is) => ({ is })) },
  );
}

/** A name is shown in one of its spellings: which one depends on the hits that existed when it was copied. */
export function withFoldedNames<T extends object>(answer: T): T {
  const all = Object.entries(answer).map(([member, value]: [string, unknown]) => {
    if (member === 'before') return [member, withFoldedNames(value as object)];
    if (member !== 'events' && member !== 'properties') return [member, value];
    return [member, (value as { name: string }[]).map((one) => ({ ...one, name: foldName(one.name) }))];
  });
  return Object.fromEntries(all) as T;
}
