import { expect, test } from 'vitest';
import { earlierBuckets } from '../../src/dashboard/trend/earlier.js';

const range = (to: string, ...starts: string[]) => ({
  to,
  rows: starts.map((start) => ({ start, value: 1, cell: '' })),
});

/** https://github.com/rybbit-io/rybbit/pull/1169 */
test('a whole month is compared with the whole month before it, and not with two days', () => {
  const [now, before] = [
    range('2026-04-30', '2026-03-01', '2026-04-01'),
    range('2026-02-28', '2025-12-30', '2026-01-01', '2026-02-01'),
  ];
  expect(earlierBuckets(now, before, 'month')).toEqual([1, 2]);
});

test('a bucket without one of as many days is not compared', () => {
  const [now, before] = [
    range('2026-11-28', '2026-08-30', '2026-09-01', '2026-10-01', '2026-11-01'),
    range('2026-08-29', '2026-05-31', '2026-06-01', '2026-07-01', '2026-08-01'),
  ];
  expect(earlierBuckets(now, before, 'month')).toEqual([undefined, 1, 2, undefined]);
  const weeks = [
    range('2026-09-11', '2026-09-02', '2026-09-07'),
    range('2026-09-01', '2026-08-23', '2026-08-24', '2026-08-31'),
  ] as const;
  expect(earlierBuckets(...weeks, 'week')).toEqual([undefined, undefined]);
});

test('weeks that are cut at the same day, days and weekdays are compared in their order', () => {
  const weeks = [
    range('2026-11-10', '2026-11-04', '2026-11-09'),
    range('2026-11-03', '2026-10-28', '2026-11-02'),
  ] as const;
  expect(earlierBuckets(...weeks, 'week')).toEqual([0, 1]);
  const days = [
    range('2026-03-03', '2026-03-01', '2026-03-02', '2026-03-03'),
    range('2026-02-02', '2026-02-01', '2026-02-02'),
  ] as const;
  expect(earlierBuckets(...days, 'day')).toEqual([0, 1, undefined]);
  expect(earlierBuckets(...days, 'weekday')).toEqual([0, 1, 2]);
});
