import { foldText } from '../../protocol/fold.js';
import { OVERVIEW_VALUES, type OverviewAnswer } from '../../protocol/reports.js';
import { areEnough, certainlyChanged, variationOf, type Pair } from '../chance.js';
import type { ComparedSteps } from './steps.js';

/** What is compared with the period before: all people, new people, events, channels, referrers, and the steps of a funnel. */
export type Comparison = CountComparison | StepComparison;

export interface CountComparison extends Pair {
  of: 'people' | 'new people' | 'event' | 'channel' | 'referrer';
  /** The name of an event, channel or referrer; null for visits without a referrer. */
  name: string | null;
  /** The smaller number is an upper limit: the value is missing in a list that has only the largest values. */
  atMost?: true;
}

/** The people who did a step of a funnel, as a part of those who did the step before it. */
export interface StepComparison extends Required<Pair> {
  of: 'step';
  /** The event of the step. */
  name: string;
  /** The step before it. */
  after: { event: string; now: number; before: number };
}

/** The largest change, if any; or why it is unknown: there were no people in one of the periods, or there are too few days. */
export type Verdict = { changed: Comparison | null } | { unknown: 'nobody now' | 'nobody before' | 'too few' };

/**
 * The largest change from the period before, if it is more than chance.
 * @param answer for days that are over, with `before`
 * @param steps a funnel of the same days
 */
export function mostChanged(answer: OverviewAnswer, steps?: Pick<ComparedSteps, 'over' | 'before'>): Verdict {
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
    ...(steps ? pairedSteps(steps) : []),
  ];
  return { changed: certainlyChanged(pairs, variation, answer.people + before.people)[0] ?? null };
}

/** Each step as a part of the people who did the step before it. */
function pairedSteps({ over, before }: Pick<ComparedSteps, 'over' | 'before'>): Comparison[] {
  return over.steps.slice(1).flatMap((step, index): StepComparison[] => {
    const [began, beganBefore] = [over.steps[index]!, before.steps[index]!];
    const [now, earlier] = [step.people, before.steps[index + 1]!.people];
    const share = began.people / (began.people + beganBefore.people);
    const pair = { now, before: earlier, share };
    if (!areEnough(pair, share)) return [];
    // As long as the time limit of some people has not ended, the share can only grow.
    if (over.open > 0 && now / began.people < earlier / beganBefore.people) return [];
    const after = { event: began.event, now: began.people, before: beganBefore.people };
    return [{ of: 'step', name: step.event, ...pair, after }];
  });
}

interface Counted {
  name: string | null;
  people: number;
}

const named = ({ name, people }: { name: string; people: number }): Counted => ({ name, people });
const valued = ({ value, people }: { value: string | null; people: number }): Counted => ({ name: value, people });

/**
 * Pairs the rows of two lists. A list has only the largest values: a value that is missing in one list may have had as many people
 * as the smallest value of that list. If it may not have changed at all, it is left out.
 */
function paired(of: CountComparison['of'], now: Counted[], before: Counted[]): CountComparison[] {
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
    ...match(now, before).map(({ one, people, isBound }): CountComparison => {
      return { of, name: one.name, now: one.people, before: people, ...limit(isBound) };
    }),
    ...match(before, now)
      .filter(({ one }) => !here.has(keyOf(one)))
      .map(({ one, people, isBound }): CountComparison => {
        return { of, name: one.name, now: people, before: one.people, ...limit(isBound) };
      }),
  ];
}
