import type { FunnelQuestion } from '../../protocol/reports.js';
import { certainOf, LEAST_EXPECTED, upperTail } from '../statistics.js';

/** The people with one value of a split: a variant of an A/B test, for example. */
export interface Group {
  value: string;
  /** Who did the first step. */
  began: number;
  /** Who did all steps. */
  done: number;
}

/** A group in which a larger share of the people did all steps than in other groups, by more than chance. */
export interface Difference {
  group: Group;
  /** The other groups, at least one. The highest share comes first. */
  than: Group[];
}

/** Whether groups differ by more than chance. `too few`: no two groups have enough people to be compared. */
export type Verdict = Difference | 'none' | 'too few';

/**
 * Whether the values of a split can be compared by the people who did all steps. Not if the split is by the value in the hit of the
 * last step, since everybody who has such a value did all steps; and not if steps may be skipped.
 */
export function canCompare({ steps, skip, split }: FunnelQuestion): boolean {
  const isOfLast = typeof split?.attribution === 'object' && split.attribution.step === steps.length;
  return steps.length > 1 && !skip && !isOfLast;
}

const shareOf = ({ began, done }: Group): number => done / began;

interface Test {
  higher: Group;
  lower: Group;
  p: number;
}

/**
 * Compares the shares of all groups, two at a time, by the two-proportion z-test with Yates' correction.
 * @returns undefined if there is nothing to compare
 */
export function verdictOf(groups: readonly Group[]): Verdict | undefined {
  const sorted = groups.filter(({ began }) => began > 0).sort((one, other) => shareOf(other) - shareOf(one));
  if (sorted.length < 2) return undefined;
  const tests = sorted.flatMap((higher, at) => sorted.slice(at + 1).flatMap((lower) => testOf(higher, lower) ?? []));
  if (!tests.length) return 'too few';
  const certain = certainOf(tests);
  if (!certain.length) return 'none';
  const differences = sorted.map((group) => ({
    group,
    than: sorted.filter((lower) => certain.some((test) => test.higher === group && test.lower === lower)),
  }));
  // The group that is above most others; of two, the one with the higher share.
  return differences.reduce((most, one) => (one.than.length > most.than.length ? one : most));
}

/** Whether the shares of two groups may differ by chance; undefined with too few people to tell. */
export function mayBeChance(one: Group, other: Group): boolean | undefined {
  const verdict = verdictOf([one, other]);
  return verdict === undefined || verdict === 'too few' ? undefined : verdict === 'none';
}

function testOf(higher: Group, lower: Group): Test | undefined {
  const both = (higher.done + lower.done) / (higher.began + lower.began);
  // So many people of each group have to be expected to do all steps, and so many not to do them.
  if (Math.min(higher.began, lower.began) * Math.min(both, 1 - both) < LEAST_EXPECTED) return undefined;
  const perPerson = 1 / higher.began + 1 / lower.began;
  const difference = Math.max(0, shareOf(higher) - shareOf(lower) - perPerson / 2);
  return { higher, lower, p: 2 * upperTail(difference / Math.sqrt(both * (1 - both) * perPerson)) };
}
