import { expect, test } from 'vitest';
import { canCompare, mayBeChance, verdictOf, type Group } from '../../src/dashboard/funnel/verdict.js';

const groups = (...shares: [done: number, began: number][]): Group[] =>
  shares.map(([done, began], index) => ({ value: `v${index}`, began, done }));

/** The values of a difference: who is above, and above whom. */
const said = (all: Group[]): unknown => {
  const verdict = verdictOf(all);
  return typeof verdict === 'object' ? [verdict.group.value, verdict.than.map(({ value }) => value)] : verdict;
};

test('two groups differ where the two-proportion test with a correction says so at 5 %', () => {
  // The probabilities are 0.0556, 0.0475 and 0.0044, with the error function of Abramowitz and Stegun, 7.1.26.
  expect(said(groups([98, 1000], [126, 1000]))).toBe('none');
  expect(said(groups([98, 1000], [127, 1000]))).toEqual(['v1', ['v0']]);
  expect(said(groups([15, 20], [5, 20]))).toEqual(['v0', ['v1']]);
});

test('of several groups the one that is certainly better than most others is named, with these others', () => {
  expect(said(groups([100, 1000], [200, 1000], [110, 1000]))).toEqual(['v1', ['v2', 'v0']]);
  expect(said(groups([100, 1000], [200, 1000], [195, 1000]))).toEqual(['v1', ['v0']]);
  // All of seven people went on, which is too few for a comparison.
  expect(said(groups([7, 7], [100, 1000], [200, 1000]))).toEqual(['v2', ['v1']]);
});

test('nothing is said of too few people, and nothing is compared without a second group', () => {
  expect(said(groups([3, 10], [1, 10]))).toBe('too few');
  expect(said(groups([0, 5000], [4, 5000]))).toBe('too few');
  expect(said(groups([5000, 5000], [5000, 5000]))).toBe('too few');
  expect(said(groups([3, 10]))).toBeUndefined();
  expect(said(groups([3, 10], [0, 0]))).toBeUndefined();
});

test('values of the last step are not compared: everybody who has one did all steps', () => {
  const steps = [{ event: 'Visited' }, { event: 'Paid' }];
  const by = (step: number) => ({ steps, split: { property: 'Plan', attribution: { step } } });
  const asked = { from: '2026-09-01', to: '2026-09-30' };
  expect([by(1), by(2)].map((more) => canCompare({ ...asked, ...more }))).toEqual([true, false]);
  expect([{ steps: steps.slice(1) }, { steps, skip: true }].map((more) => canCompare({ ...asked, ...more }))).toEqual([
    false,
    false,
  ]);
});

test('without a difference, one is found in at most 1 of 20 cases, however many groups there are', () => {
  let state = 7;
  const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const drawn = (began: number, share: number): number =>
    Array.from({ length: began }, next).filter((one) => one < share).length;
  for (const count of [2, 6]) {
    const found = Array.from({ length: 600 }, () =>
      verdictOf(groups(...Array.from({ length: count }, (): [number, number] => [drawn(150, 0.2), 150]))),
    ).filter((verdict) => typeof verdict === 'object').length;
    expect(found / 600).toBeLessThanOrEqual(0.07);
  }
});

test('two periods differ by more than chance, or perhaps not, or too few people came to tell', () => {
  const chanceOf = (...shares: [done: number, began: number][]): boolean | undefined => {
    const [now, before] = groups(...shares);
    return mayBeChance(now!, before!);
  };
  expect(chanceOf([293, 4380], [246, 3612])).toBe(true);
  expect(chanceOf([293, 4380], [346, 3612])).toBe(false);
  expect(chanceOf([346, 3612], [293, 4380])).toBe(false);
  expect(chanceOf([0, 1], [1, 2])).toBeUndefined();
  expect(chanceOf([0, 0], [1, 2])).toBeUndefined();
});
