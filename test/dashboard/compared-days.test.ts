import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { comparedDays, rangeOf } from '../../src/dashboard/view.js';

vi.mock('../../src/dashboard/site.js', () => ({ address: () => '' }));

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-03-31T12:00:00Z') }));
afterEach(() => vi.useRealTimers());

test('days that have ended are compared with the same days of the week, without today and its counterpart', () => {
  expect(comparedDays({ ...rangeOf('7'), preset: '7' })).toEqual({
    over: { from: '2026-03-25', to: '2026-03-30' },
    before: { from: '2026-03-18', to: '2026-03-23' },
    isWhole: false,
  });
  expect(comparedDays({ from: '2026-03-01', to: '2026-03-10' })).toEqual({
    over: { from: '2026-03-01', to: '2026-03-10' },
    before: { from: '2026-02-19', to: '2026-02-28' },
    isWhole: true,
  });
});

test('a month is compared with the same days of the month before, as far as it has them', () => {
  expect(comparedDays({ ...rangeOf('month'), preset: 'month' })).toEqual({
    over: { from: '2026-03-01', to: '2026-03-30' },
    before: { from: '2026-02-01', to: '2026-02-28' },
    isWhole: false,
  });
  vi.setSystemTime(Date.parse('2026-01-03T12:00:00Z'));
  expect(comparedDays({ ...rangeOf('month'), preset: 'month' })!.before).toEqual({
    from: '2025-12-01',
    to: '2025-12-02',
  });
});

test('nothing is compared if no day has ended', () => {
  expect(comparedDays({ from: '2026-03-31', to: '2026-03-31' })).toBeUndefined();
});
