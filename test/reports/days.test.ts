import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayOf,
  daysIn,
  endOfDay,
  isDay,
  periodsOf,
  rangeBefore,
  startOfDay,
} from '../../src/collector/reports/days.js';

/**
 * Places whose clocks move by half an hour or a whole day, and clocks that change at midnight, so that some days have no
 * midnight.
 */
const ZONES = [
  'UTC',
  'America/Sao_Paulo',
  'America/Havana',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
];

/** What the clocks of a place show, by Intl: another implementation than the tested one. */
function clockOf(seconds: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(seconds * 1000);
  const of = (type: string): string => parts.find((part) => part.type === type)!.value;
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
}

const utc = (text: string): number => Date.parse(text) / 1000;
const zone = fc.constantFrom(...ZONES);
const day = fc
  .integer({ min: utc('2009-01-01T00:00Z') / 86400, max: utc('2038-01-01T00:00Z') / 86400 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

describe('days of a time zone', () => {
  test.each([
    // Clocks went from 00:00 to 01:00: the day begins at one o'clock, and has 23 hours.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', 23],
    ['Asia/Beirut', '2022-03-27', '2022-03-26T22:00:00Z', 23],
    ['Africa/Cairo', '2023-04-28', '2023-04-27T22:00:00Z', 23],
    // Clocks went from 24:00 back to 23:00, or from 1:00 to 0:00: 25 hours.
    ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00Z', 25],
    ['Asia/Beirut', '2022-10-29', '2022-10-28T21:00:00Z', 25],
    ['Africa/Cairo', '2023-10-26', '2023-10-25T21:00:00Z', 25],
    ['America/Havana', '2018-11-04', '2018-11-04T04:00:00Z', 25],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', 25],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00Z', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00Z', 24.5],
    ['Asia/Kathmandu', '2026-04-05', '2026-04-04T18:15:00Z', 24],
    // The 30th of December 2011 did not exist there.
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', 24],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z', 24],
  ])('%s %s', (timeZone, date, start, hours) => {
    expect(startOfDay(date, timeZone)).toBe(utc(start));
    expect(endOfDay(date, timeZone) - startOfDay(date, timeZone)).toBe(hours * 3600);
  });

  test('a day that did not exist in a place is empty', () => {
    const [before, left, after] = periodsOf('2011-12-29', '2011-12-31', 'day', 'Pacific/Apia');
    expect(left).toEqual({ start: '2011-12-30', from: before!.until, until: before!.until });
    expect(after!.from).toBe(before!.until);
  });

  test('a day begins in the first second that the calendar shows for it, by Intl', () => {
    fc.assert(
      fc.property(day, zone, (date, timeZone) => {
        const start = startOfDay(date, timeZone);
        const first = clockOf(start, timeZone);
        expect(clockOf(start - 1, timeZone) < date).toBe(true);
        if (!(timeZone === 'Pacific/Apia' && date === '2011-12-30')) expect(first.slice(0, 10)).toBe(date);
        expect(endOfDay(date, timeZone) >= start).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('every second belongs to one day: that of its calendar', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: utc('2009-01-02T00:00Z'), max: utc('2038-01-01T00:00Z') }),
        zone,
        (time, timeZone) => {
          const date = dayOf(time, timeZone);
          expect(date).toBe(clockOf(time, timeZone).slice(0, 10));
          expect(startOfDay(date, timeZone) <= time && time < endOfDay(date, timeZone)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  // Clocks went back from 0:01 to 23:01, so in the calendar the 7th began twice. Buckets must not overlap, so it begins once.
  test('a day that began twice begins with its first midnight', () => {
    const start = startOfDay('2010-11-07', 'America/St_Johns');
    expect(start).toBe(utc('2010-11-07T02:30:00Z'));
    expect(clockOf(start, 'America/St_Johns')).toBe('2010-11-07 00:00:00');
    expect(clockOf(start + 60, 'America/St_Johns')).toBe('2010-11-06 23:01:00');
    expect(endOfDay('2010-11-06', 'America/St_Johns')).toBe(start);
  });
});

describe('periods of a range', () => {
  test('weeks begin on Monday, and are cut at the ends of the range', () => {
    const starts = periodsOf('2026-01-01', '2026-01-20', 'week', 'UTC').map(({ start }) => start);
    expect(starts).toEqual(['2026-01-01', '2026-01-05', '2026-01-12', '2026-01-19']);
    expect(periodsOf('2026-01-01', '2026-01-20', 'week', 'UTC').at(-1)!.until).toBe(utc('2026-01-21T00:00Z'));
  });

  test('months have their own lengths, and are cut at the ends of the range', () => {
    const months = periodsOf('2024-01-31', '2024-03-15', 'month', 'UTC');
    expect(months.map(({ start }) => start)).toEqual(['2024-01-31', '2024-02-01', '2024-03-01']);
    expect(months.map(({ from, until }) => (until - from) / 86400)).toEqual([1, 29, 15]);
  });

  test('a range is divided into periods without a gap, each with the days of one week or month', () => {
    const unit = fc.constantFrom('day' as const, 'week' as const, 'month' as const);
    fc.assert(
      fc.property(day, fc.nat(100), unit, zone, (from, more, by, timeZone) => {
        const to = new Date(Date.parse(from) + more * 86_400_000).toISOString().slice(0, 10);
        const periods = periodsOf(from, to, by, timeZone);
        expect(periods[0]!.start).toBe(from);
        expect(periods[0]!.from).toBe(startOfDay(from, timeZone));
        expect(periods.at(-1)!.until).toBe(endOfDay(to, timeZone));
        for (const [index, { start, from: begin }] of periods.entries()) {
          if (index === 0) continue;
          expect(begin).toBe(periods[index - 1]!.until);
          expect(begin).toBe(startOfDay(start, timeZone));
          if (by === 'week') expect(new Date(start).getUTCDay()).toBe(1);
          if (by === 'month') expect(start.slice(8)).toBe('01');
        }
        const whole = { day: more + 1, week: (more + 1) / 7, month: (more + 1) / 31 }[by];
        expect(periods.length).toBeGreaterThanOrEqual(whole);
        expect(periods.length).toBeLessThanOrEqual(whole + (by === 'day' ? 0 : 3));
      }),
      { numRuns: 300 },
    );
  });
});

describe('ranges', () => {
  test('a comparison has as many days, directly before', () => {
    expect(rangeBefore({ from: '2026-03-01', to: '2026-03-31' })).toEqual({ from: '2026-01-29', to: '2026-02-28' });
    expect(rangeBefore({ from: '2026-03-01', to: '2026-03-01' })).toEqual({ from: '2026-02-28', to: '2026-02-28' });
  });

  test('the first and the last day of a range count in its number of days', () => {
    expect(daysIn({ from: '2024-02-28', to: '2024-03-01' })).toBe(3);
    expect(daysIn({ from: '2024-03-01', to: '2024-03-01' })).toBe(1);
    expect(daysIn({ from: '2024-03-02', to: '2024-03-01' })).toBeLessThanOrEqual(0);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00',
    '+002026-01-01',
    '',
    '2026-01-01 ',
  ])('%j is not a day', (text) => expect(isDay(text)).toBe(false));

  test.each(['2024-02-29', '2009-01-01', '2100-12-31'])('%j is a day', (text) => expect(isDay(text)).toBe(true));
});
