import { expect, test } from 'vitest';
import { csvOf, csvOfSeveral, type Ask } from '../../src/collector/reports/sheets/csv.js';
import { rowsOf } from '../../src/collector/reports/sheets/sheets.js';

const lists = { rows: [], channels: [], referrers: [], pages: [], events: [] };
const part = (people: number) => ({ people, visits: people, newPeople: people, now: 3, ...lists });
const AUGUST = { from: '2026-08-01', to: '2026-08-31' };
const JULY = { from: '2026-07-01', to: '2026-07-31' };

const ask: Ask = async (asked) => {
  const { from, compare } = asked as { from: string; compare?: true };
  const answer = {
    asOf: 1,
    ...part(from === AUGUST.from ? 8 : 7),
    ...(compare && { before: { ...part(7), ...JULY } }),
  };
  return Promise.resolve(Buffer.from(JSON.stringify(answer)));
};

async function linesOf(csv: AsyncIterable<string>): Promise<string[]> {
  let text = '';
  for await (const piece of csv) text += piece;
  return text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\r\n');
}

const TWO_RANGES = [
  'from,to,of,group,value,people,visits,new people,times',
  '2026-08-01,2026-08-31,range,all,,8,8,8,',
  '2026-07-01,2026-07-31,range,all,,7,7,7,',
  ',,last five minutes,all,,3,,,',
];

test('with a comparison, the last five minutes are one row, which belongs to no range', async () => {
  expect(await linesOf(await csvOf('overview', { ...AUGUST, compare: true }, ask))).toEqual(TWO_RANGES);
  const answer = JSON.parse((await ask({ ...AUGUST, compare: true })).toString()) as never;
  expect(rowsOf('overview', { ...AUGUST, compare: true }, answer)).toHaveLength(TWO_RANGES.length - 1);
});

test('several questions have that row once', async () => {
  expect(await linesOf(await csvOfSeveral('overview', [AUGUST, JULY], ask))).toEqual(TWO_RANGES);
});

test('without a comparison it is the last row', async () => {
  expect((await linesOf(await csvOf('overview', AUGUST, ask))).at(-1)).toBe('last five minutes,all,,3,,,');
});
