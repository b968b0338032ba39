import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { comparedDays, setFirstDay, whyNotCompared } from '../../src/dashboard/compared-days.js';
import { rangeOf } from '../../src/dashboard/presets.js';

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

test('a month is compared with the same days of the month before, if it has them', () => {
  expect(comparedDays({ ...rangeOf('month'), preset: 'month' })).toEqual({
    over: { from: '2026-03-01', to: '2026-03-30' },
    before: { from: '2026-01-30', to: '2026-02-28' },
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

test('days that have not begun are not compared, and neither is today', () => {
  expect(whyNotCompared({ from: '2026-04-01', to: '2026-04-02' })).toBe('future');
  expect(whyNotCompared({ from: '2026-03-31', to: '2026-04-02' })).toBe('today');
});

/** 31 March 2026 is a Tuesday. */
test('days of the calendar, and the days with which they are compared', () => {
  const asked = (preset: Parameters<typeof rangeOf>[0]) => {
    const { from, to } = rangeOf(preset);
    const before = comparedDays({ from, to, preset })?.before;
    return [from, to, before?.from, before?.to];
  };
  expect(asked('today')).toEqual(['2026-03-31', '2026-03-31', undefined, undefined]);
  expect(asked('yesterday')).toEqual(['2026-03-30', '2026-03-30', '2026-03-29', '2026-03-29']);
  // The Monday is compared with the Monday before.
  expect(asked('week')).toEqual(['2026-03-30', '2026-03-31', '2026-03-23', '2026-03-23']);
  expect(asked('last-week')).toEqual(['2026-03-23', '2026-03-29', '2026-03-16', '2026-03-22']);
  expect(asked('last-month')).toEqual(['2026-02-01', '2026-02-28', '2026-01-01', '2026-01-28']);
  // Sunday is the last day of its week.
  vi.setSystemTime(Date.parse('2026-03-01T12:00:00Z'));
  expect(asked('week')).toEqual(['2026-02-23', '2026-03-01', '2026-02-16', '2026-02-21']);
  expect(asked('last-month')).toEqual(['2026-02-01', '2026-02-28', '2026-01-01', '2026-01-28']);
  // A Monday: no day of the week has ended.
  vi.setSystemTime(Date.parse('2026-01-05T12:00:00Z'));
  expect(asked('week')).toEqual(['2026-01-05', '2026-01-05', undefined, undefined]);
  expect(asked('last-week')).toEqual(['2025-12-29', '2026-01-04', '2025-12-22', '2025-12-28']);
  expect(asked('last-month')).toEqual(['2025-12-01', '2025-12-31', '2025-10-31', '2025-11-30']);
});

test('days from before the first hit of the site are not compared, and neither is the day of that hit', () => {
  const range = { from: '2026-03-20', to: '2026-03-24' };
  expect(comparedDays(range)?.before).toEqual({ from: '2026-03-15', to: '2026-03-19' });
  setFirstDay('2026-03-15');
  expect(comparedDays(range)).toBeUndefined();
  expect(whyNotCompared(range)).toBe('not sent');
  expect(whyNotCompared({ from: '2026-04-01', to: '2026-04-02' })).toBe('future');
  expect(whyNotCompared({ from: '2026-03-31', to: '2026-03-31' })).toBe('today');
  expect(comparedDays({ from: '2026-03-21', to: '2026-03-25' })?.before.from).toBe('2026-03-16');
});
