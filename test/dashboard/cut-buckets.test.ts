import { expect, test } from 'vitest';
import { cutInWords } from '../../src/dashboard/trend/labels.js';

/** Without the narrow spaces that `Intl` sets around a dash. */
function said(starts: string[], question: Parameters<typeof cutInWords>[1], isOpen: boolean): string {
  const rows = starts.map((start) => ({ start, value: 1, cell: '' }));
  const last = rows.pop()!;
  return cutInWords([...rows, { ...last, ...(isOpen && { open: true as const }) }], question).replace(/\s/g, ' ');
}

const months = { to: '2026-11-15', by: 'month' as const };
const starts = ['2026-08-30', '2026-09-01', '2026-10-01', '2026-11-01'];

test('it is said how much of a week or month is counted if the range cuts it', () => {
  expect(said(starts, months, false)).toBe(
    'Of the first month only Aug 30 – 31 is counted. Of the last month only Nov 1 – 15 is counted. ',
  );
  // What has not ended is said elsewhere.
  expect(said(starts, months, true)).toBe('Of the first month only Aug 30 – 31 is counted. ');
  const weeks = { to: '2026-11-15', by: 'week' as const };
  expect(said(['2026-11-04', '2026-11-09'], weeks, false)).toBe('Of the first week only Nov 4 – 8 is counted. ');
});

test('nothing is said of whole weeks and months, of days, and of a single one', () => {
  expect(said(['2026-09-01', '2026-10-01'], { to: '2026-10-31', by: 'month' }, false)).toBe('');
  expect(said(['2026-11-02', '2026-11-09'], { to: '2026-11-15', by: 'week' }, false)).toBe('');
  expect(said(['2026-11-03', '2026-11-04'], { to: '2026-11-04', by: 'day' }, false)).toBe('');
  expect(said(['2026-11-03'], { to: '2026-11-04', by: 'month' }, false)).toBe('');
});
