import { foldText } from '../../protocol/fold.js';
import { OVERVIEW_VALUES, type OverviewAnswer } from '../../protocol/reports.js';
import { certainlyChanged, variationOf, type Pair } from '../chance.js';

/** What is compared with the period before: all people, new people, events, channels and referrers. */
export interface Comparison extends Pair {
  of: 'people' | 'new people' | 'event' | 'channel' | 'referrer';
  /** The name of an event, channel or referrer; null for visits without a referrer. */
  name: string | null;
  /** The smaller number is an upper limit: the value is missing in a list that has only the largest values. */
  atMost?: true;
}

/** The largest change, if any; or why it is unknown: there were no people in one of the periods, or there are too few days. */
export type Verdict = { changed: Comparison | null } | { unknown: 'nobody now' | 'nobody before' | 'too few' };

/**
 * The largest change from the period before, if it is more than chance.
 * @param answer for days that are over, with `before`
 */
export function mostChanged(answer: OverviewAnswer): Verdict {
  const before = answer.before!;
  if (answer.people === 0) return { unknown: 'nobody now' };
  if (before.people === 0) return { unknown: 'nobody before' };
  const daysOf = ({ rows }: Pick<OverviewAnswer, 'rows'>): { start: string; count: number }[] =>
    rows.map(({ start, people }) => ({ start, count: people }));
  const variation = variationOf(daysOf(answer), daysOf(before));
  if (!variation) return { unknown: 'too few' };
  const pairs: Comparison[] = [
    { of: 'people', name: null, now: answer.people, before: before.people },
    { of: 'new people', name: null, now: answer.newPeople, before: before.newPeople },
    ...paired('event', answer.events.map(named), before.events.map(named)),
    ...paired('channel', answer.channels.map(valued), before.channels.map(valued)),
    ...paired('referrer', answer.referrers.map(valued), before.referrers.map(valued)),
  ];
  return { changed: certainlyChanged(pairs, variation, answer.people + before.people)[0] ?? null };
}

interface Counted {
  name: string | null;
  people: number;
}

const named = ({ name, people }: { name: string; people: number }): Counted => ({ name, people });
const valued = ({ value, people }: { value: string | null; people: number }): Counted => ({ name: value, people });

/**
 * Pairs the rows of two lists. A list has only the largest values. A value that is missing in one of them may have been just
 * below them; if that could mean no change at all, it is left out.
 */
function paired(of: Comparison['of'], now: Counted[], before: Counted[]): Comparison[] {
  const keyOf = ({ name }: Counted): string => (name === null ? '' : `=${of === 'event' ? foldText(name) : name}`);
  const boundOf = (list: Counted[]): number =>
    list.length < OVERVIEW_VALUES ? 0 : Math.min(...list.map(({ people }) => people));
  const match = (list: Counted[], other: Counted[]): { one: Counted; people: number; isBound: boolean }[] => {
    const counts = new Map(other.map((one) => [keyOf(one), one.people]));
    const bound = boundOf(other);
    return list.flatMap((one) => {
      const people = counts.get(keyOf(one));
      if (people !== undefined) return [{ one, people, isBound: false }];
      return one.people > bound ? [{ one, people: bound, isBound: bound > 0 }] : [];
    });
  };
  const here = new Set(now.map(keyOf));
  const limit = (isBound: boolean) => (isBound ? { atMost: true as const } : {});
  return [
    ...match(now, before).map(({ one, people, isBound }): Comparison => {
      return { of, name: one.name, now: one.people, before: people, ...limit(isBound) };
    }),
    ...match(before, now)
      .filter(({ one }) => !here.has(keyOf(one)))
      .map(({ one, people, isBound }): Comparison => {
        return { of, name: one.name, now: people, before: one.people, ...limit(isBound) };
      }),
  ];
}
