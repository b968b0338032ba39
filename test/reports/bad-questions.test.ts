import { describe, expect, test } from 'vitest';
import type { BadQuestion, ReportKind } from '../../src/protocol/reports.js';
import { readQuestion } from '../../src/collector/reports/questions/read.js';
import { cutName } from '../../src/protocol/text.js';

const DAYS = { from: '2026-01-01', to: '2026-01-31' };
const TREND = { event: 'a', count: 'people', by: 'day', ...DAYS };
const SPLIT = { property: 'P', attribution: 'first ever' };
const SQL = "'; DROP TABLE hits; --";

function badOf(kind: ReportKind, question: unknown): BadQuestion {
  const read = readQuestion(kind, typeof question === 'string' ? question : JSON.stringify(question));
  if ('question' in read) throw new Error(`It was read: ${JSON.stringify(read.question)}`);
  return read.bad;
}

const filtered = (filter: unknown): object => ({ ...TREND, filter });
const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce((inner: unknown) => ({ not: inner }), { event: 'a' });

describe('the error of a bad question names the member that is wrong', () => {
  test.each<[member: string, code: BadQuestion['code'], ReportKind, question: unknown]>([
    ['', 'not_json', 'trend', '{'],
    ['', 'bad_value', 'trend', 'null'],
    ['', 'bad_value', 'trend', []],
    ['event', 'missing_member', 'trend', { ...TREND, event: undefined }],
    ['evnt', 'unknown_member', 'trend', { ...TREND, evnt: 'a' }],
    ['event', 'bad_value', 'trend', { ...TREND, event: 5 }],
    ['event', 'too_small', 'trend', { ...TREND, event: '' }],
    ['event', 'too_large', 'trend', { ...TREND, event: 'x'.repeat(256) }],
    ['event', 'bad_value', 'trend', { ...TREND, event: '\ud800' }],
    ['by', 'bad_value', 'trend', { ...TREND, by: 'hour' }],
    ['property', 'missing_member', 'trend', { ...TREND, count: 'sum' }],
    ['property', 'bad_value', 'trend', { ...TREND, property: 'Amount' }],
    ['property', 'bad_value', 'trend', { ...TREND, count: 'times', property: 'Amount' }],
    ['from', 'missing_member', 'trend', { ...TREND, from: undefined }],
    ['from', 'too_small', 'trend', { ...TREND, from: '' }],
    ['from', 'bad_value', 'trend', { ...TREND, from: SQL }],
    ['from', 'bad_value', 'trend', { ...TREND, from: '2026-02-30' }],
    ['from', 'bad_value', 'trend', { ...TREND, from: '2008-12-31' }],
    ['to', 'bad_value', 'trend', { ...TREND, to: '2025-12-31' }],
    ['to', 'bad_value', 'trend', { ...TREND, from: '2010-01-01', to: '2026-01-01' }],
    ['compare', 'bad_value', 'trend', { ...TREND, compare: 1 }],
    ['bots', 'bad_value', 'trend', { ...TREND, bots: 'include' }],
    ['split.attribution', 'bad_value', 'trend', { ...TREND, split: { property: 'P', attribution: 'first' } }],
    ['split.attribution', 'missing_member', 'trend', { ...TREND, split: { property: 'P' } }],
    ['split.transform', 'bad_value', 'trend', { ...TREND, split: { ...SPLIT, transform: 'upper' } }],
    ['split', 'bad_value', 'trend', { ...TREND, split: { ...SPLIT, source: 'channel' } }],
    ['split.source', 'bad_value', 'trend', { ...TREND, split: { source: 'page', attribution: 'first ever' } }],
    ['split.attribution', 'bad_value', 'trend', { ...TREND, split: { source: 'channel', attribution: 'last touch' } }],
    ['split.attribution', 'missing_member', 'trend', { ...TREND, split: { source: 'channel' } }],
    ['split', 'bad_value', 'trend', { ...TREND, split: { attribution: 'first ever' } }],
    ['split', 'bad_value', 'trend', { ...TREND, split: {} }],
    ['by', 'bad_value', 'trend', { ...TREND, from: '2020-01-01', split: { property: 'P', attribution: 'last ever' } }],
    [
      'where[1].equals',
      'bad_value',
      'trend',
      {
        ...TREND,
        where: [
          { property: 'P', is: 'any' },
          { property: 'P', equals: 5 },
        ],
      },
    ],
    ['where', 'too_small', 'trend', { ...TREND, where: [] }],
    ['where[0]', 'bad_value', 'trend', { ...TREND, where: [{}] }],
    ['where[0].not', 'bad_value', 'trend', { ...TREND, where: [{ not: { property: 'P', is: 'any' } }] }],
    ['where[0].not.ends', 'bad_value', 'trend', { ...TREND, where: [{ not: { property: 'P', ends: 5 } }] }],
    [
      'where[0].property',
      'unknown_member',
      'trend',
      { ...TREND, where: [{ property: 'P', not: { property: 'P', ends: 'a' } }] },
    ],

    ['filter', 'bad_value', 'trend', filtered({})],
    ['filter', 'bad_value', 'trend', filtered('ann')],
    ['filter.value', 'bad_value', 'trend', filtered({ property: 'P', equals: 'a', value: 'next' })],
    ['filter.value', 'unknown_member', 'trend', filtered({ event: 'E', value: 'last' })],
    ['where[0].value', 'unknown_member', 'trend', { ...TREND, where: [{ property: 'P', is: 'any', value: 'last' }] }],
    ['filter.any', 'too_small', 'trend', filtered({ any: [] })],
    [
      'filter.all[1].not.inOrder[0].event',
      'missing_member',
      'trend',
      filtered({ all: [{ event: 'a' }, { not: { inOrder: [{}] } }] }),
    ],
    ['filter.inOrder[0].atLeast', 'unknown_member', 'trend', filtered({ inOrder: [{ event: 'a', atLeast: 2 }] })],
    ['filter.atLeast', 'too_small', 'trend', filtered({ event: 'a', atLeast: -1 })],
    ['filter.atMost', 'bad_value', 'trend', filtered({ event: 'a', atMost: 1.5 })],
    [
      'filter.where[0].contains',
      'too_large',
      'trend',
      filtered({ event: 'a', where: [{ property: 'P', contains: 'x'.repeat(1e6) }] }),
    ],
    ['filter.greater', 'bad_value', 'trend', filtered({ property: 'P', greater: '2' })],
    ['filter.is', 'bad_value', 'trend', filtered({ property: 'P', is: 'nothing' })],
    ['filter', 'bad_value', 'trend', filtered({ property: 'P' })],
    ['filter', 'bad_value', 'trend', filtered({ property: 'P', equals: 'a', begins: 'a' })],
    ['filter.to', 'bad_value', 'trend', filtered({ property: 'P', equals: 'a', from: '2026-01-02', to: '2026-01-01' })],

    ['steps', 'too_small', 'funnel', { steps: [], ...DAYS }],
    ['steps', 'too_large', 'funnel', { steps: Array.from({ length: 50 }, () => ({ event: 'a' })), ...DAYS }],
    [
      'steps[3].event',
      'missing_member',
      'funnel',
      { steps: [...'abc', ''].map((event) => (event ? { event } : {})), ...DAYS },
    ],
    ['steps[0].evnt', 'unknown_member', 'funnel', { steps: [{ event: 'a', evnt: 'b' }], ...DAYS }],

    ['limit', 'too_large', 'people', { limit: 1001 }],
    ['sort.column', 'bad_value', 'people', { limit: 1, sort: { column: 0 } }],
    ['columns[0].property', 'missing_member', 'people', { limit: 1, columns: [{ event: 'a', show: 'first value' }] }],
    ['columns[0].property', 'missing_member', 'people', { limit: 1, columns: [{ event: 'a', show: 'sum' }] }],
    ['columns[0].event', 'missing_member', 'people', { limit: 1, columns: [{ property: 'a', show: 'average' }] }],
    ['columns[0].show', 'bad_value', 'people', { limit: 1, columns: [{ event: 'a', show: 'median' }] }],
    ['columns[0].show', 'bad_value', 'people', { limit: 1, columns: [{ event: 'a' }] }],
    ['after', 'bad_value', 'people', { limit: 1, after: SQL }],
    ['cell', 'bad_value', 'people', { limit: 1, cell: SQL }],
  ])('%s: %s', (member, code, kind, question) => {
    expect(badOf(kind, question)).toMatchObject({
      code,
      member,
      error: expect.stringMatching(/^.{10,400}[^.?]\.$/s) as string,
    });
  });

  test.each<[error: string, ReportKind, question: unknown]>([
    ['`property` is missing.', 'trend', { ...TREND, count: 'average' }],
    ['`event` is empty.', 'trend', { ...TREND, event: '' }],
    ['`event` is longer than 255 characters.', 'trend', { ...TREND, event: 'x'.repeat(256) }],
    ['`event` is longer than 255 characters.', 'trend', { ...TREND, event: '😀'.repeat(256) }],
    [
      '`where[0].equals` is longer than 8192 characters.',
      'trend',
      { ...TREND, where: [{ property: 'P', equals: 'x'.repeat(8193) }] },
    ],
    [
      '`steps` has more than 20 items.',
      'funnel',
      { steps: Array.from({ length: 21 }, () => ({ event: 'a' })), ...DAYS },
    ],
    ['`where` is empty.', 'trend', { ...TREND, where: [] }],
    ['`filter.atLeast` is too small: 0 at least.', 'trend', filtered({ event: 'a', atLeast: -1 })],
    ['`limit` is too large: 1000 at most.', 'people', { limit: 1001 }],
    ['`bots` must be "exclude".', 'trend', { ...TREND, bots: 'include' }],
    ['`to` is before `from`.', 'trend', { ...TREND, to: '2025-12-31' }],
    ['`to` makes a range of more than 3700 days.', 'trend', { ...TREND, from: '2010-01-01', to: '2026-01-01' }],
  ])('in a sentence that fits the mistake: %s', (error, kind, question) =>
    expect(badOf(kind, question).error).toBe(error),
  );

  test('and there is none for the longest name that is stored, whose characters may be two UTF-16 units each', () => {
    const longest = cutName('😀'.repeat(300));
    const question = { ...TREND, event: longest, where: [{ property: longest, is: 'any' }] };
    expect(readQuestion('trend', JSON.stringify(question))).toEqual({ question });
  });

  test('for an unlimited number of conditions', () => {
    const many = Array.from({ length: 10_000 }, () => ({ event: 'a' }));
    expect(badOf('trend', filtered({ all: many }))).toMatchObject({ code: 'too_many', member: 'filter.all' });
    const groups = Array.from({ length: 20 }, () => ({ any: many.slice(0, 15) }));
    expect(badOf('trend', filtered({ all: groups })).code).toBe('too_many');
    expect(badOf('trend', filtered(nested(16)))).toMatchObject({ code: 'too_deep' });
    const deep = `${'{"not":'.repeat(10_000)}{"event":"a"}${'}'.repeat(10_000)}`;
    expect(badOf('trend', JSON.stringify(TREND).replace(/}$/, `,"filter":${deep}}`))).toMatchObject({
      code: 'too_deep',
    });
    expect(readQuestion('trend', JSON.stringify(filtered(nested(15))))).toHaveProperty('question');
  });

  test('for a name that is longer than any member', () => {
    expect(badOf('trend', { ...TREND, ['x'.repeat(1e6)]: 1 }).member.length).toBeLessThan(1000);
  });
});

test.each([
  ['that is none', { kind: 'nothing', question: TREND, place: {} }],
  ['of the report that lists people', { kind: 'people', question: {}, place: {} }],
  ['of a property that every object has', { kind: 'constructor', question: TREND, place: {} }],
  ['with a question that is none', { kind: 'trend', question: { ...TREND, event: 5 }, place: {} }],
  ['with a place that is none', { kind: 'trend', question: TREND, place: { value: 5 } }],
  ['without a place', { kind: 'trend', question: TREND }],
  ['with conditions without end', { kind: 'trend', question: filtered(nested(5000)), place: {} }],
])('a cell %s is refused', (_, cell) => {
  const text = Buffer.from(JSON.stringify(cell)).toString('base64url');
  expect(badOf('people', { limit: 1, cell: text }).member).toBe('cell');
});

test('a question does not have to give the number of people on a page', () => {
  expect(readQuestion('people', '{}')).toEqual({ question: { limit: 50 } });
});
