import { expect, test } from 'vitest';
import { CLICKHOUSE } from '../../src/collector/reports/on-clickhouse/dialect.js';
import { scopeOf } from '../../src/collector/reports/on-clickhouse/scope.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import type { Report } from '../../src/collector/reports/questions/report.js';
import { cellOf } from '../../src/collector/reports/questions/cells.js';
import type { ReportKind } from '../../src/protocol/reports.js';

// ClickHouse computes a table of a WITH each time it is named. If such tables are named twice within each other, planning takes minutes,
// even for a few hits.

const days = { from: '2026-01-01', to: '2026-01-31' };
/** A filter of `count` conditions, of the kind that needs most tables. */
const cameFrom = (count: number) => ({ all: Array.from({ length: count }, (_, n) => ({ referrer: `${n}.example` })) });
const steps = (count: number) => Array.from({ length: count }, (_, n) => ({ event: `e${n}` }));
const split = { property: 'plan', attribution: 'last touch' };

const byChannel = { source: 'channel', attribution: 'first in range' };

/** How often the largest query of a question reads the hits. */
function readings(kind: ReportKind, asked: object): number {
  return Math.max(...Object.values(readingsOf(kind, asked)));
}

/** How often each query of a question reads the hits. */
function readingsOf(kind: ReportKind, asked: object): Record<string, number> {
  const checked = checkQuestion(kind, asked);
  if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
  const settings = { timeZone: 'UTC', domains: ['shop.example'], counting: 'auto' as const };
  const site = { key: 'site', settings, asOf: 2e9, hasMerges: true, tableName: (name: string) => `kmq.${name}` };
  const queries = (REPORTS[kind] as Report<ReportKind>).queries(checked.question, scopeOf(site, checked.question));
  return Object.fromEntries(Object.entries(queries).map(([name, { sql }]) => [name, readingsIn(sql)]));
}

function readingsIn(sql: string): number {
  const tokens = sql.replace(/'(?:[^'\\]|\\.)*'/g, "''").match(/[\w.]+|[(),]/g)!;
  let at = 0;
  /** A query, up to its closing parenthesis. */
  const query = (tables: Record<string, number>): number => {
    const known = { ...tables };
    let count = 0;
    if (tokens[at] === 'WITH') {
      do {
        const name = tokens[at + 1]!;
        expect([tokens[at + 2], tokens[at + 3]]).toEqual(['AS', '(']);
        at += 4;
        known[name] = query(known);
        at += 1;
      } while (tokens[at] === ',');
    }
    for (; at < tokens.length && tokens[at] !== ')'; at++) {
      if (tokens[at] === '(') {
        at += 1;
        count += query(known);
      } else if (/^(FROM|JOIN)$/.test(tokens[at]!)) {
        const name = tokens[at + 1]!;
        count += name === 'kmq.report_hits' ? 1 : (known[name] ?? 0);
      }
    }
    return count;
  };
  return query({});
}

test('reads are counted as ClickHouse makes them', () => {
  const hits = 'SELECT a FROM kmq.report_hits';
  expect(
    readingsIn(`WITH t AS (${hits}), u AS (SELECT a FROM t JOIN (SELECT 1 FROM t) x) SELECT ')' FROM u JOIN u ON 1`),
  ).toBe(4);
  expect(readingsIn(`SELECT a FROM (WITH t AS (${hits}) SELECT a FROM t WHERE a IN (${hits})) JOIN t`)).toBe(2);
  expect(CLICKHOUSE.repeatsTables).toBe(true);
});

const QUESTIONS: [name: string, kind: ReportKind, question: object, most: number][] = [
  ['overview', 'overview', days, 20],
  ['trend of people', 'trend', { ...days, event: 'e', count: 'people', by: 'day' }, 10],
  ['trend that is split', 'trend', { ...days, event: 'e', count: 'people', by: 'day', split }, 40],
  ['trend that is split by channel', 'trend', { ...days, event: 'e', count: 'times', by: 'day', split: byChannel }, 40],
  ['funnel', 'funnel', { ...days, steps: steps(5) }, 10],
  ['funnel with a window that is split', 'funnel', { ...days, steps: steps(5), window: 60, split }, 60],
  ['breakdown', 'breakdown', { ...days, property: 'plan', attribution: 'first ever' }, 10],
  ['names', 'names', days, 20],
  ['people', 'people', { columns: [{ event: 'e', show: 'times' }] }, 40],
];

test.each(QUESTIONS)('%s: each condition of a filter adds the same number of tables', (_, kind, question, most) => {
  const [one, two, three] = [1, 2, 3].map((count) => readings(kind, { ...question, filter: cameFrom(count) }));
  expect(three! - two!).toBe(two! - one!);
  expect(one).toBeLessThanOrEqual(most);
});

test('a trend of people reads the hits once for its days and once for all of them, however many days there are', () => {
  const year = { from: '2025-02-01', to: '2026-01-31' };
  expect(readings('trend', { ...year, event: 'e', count: 'people', by: 'day' })).toBe(2);
});

test('a trend of the people of a filter reads the hits once for its days and all of them together', () => {
  const question = { ...days, event: 'e', count: 'people', by: 'day' };
  expect(readingsOf('trend', { ...question, filter: { event: 'f' } })).toEqual({ all: 2 });
  expect(
    readingsOf('trend', { ...question, filter: { event: 'f' }, split: { property: 'p', attribution: 'first ever' } })
      .all,
  ).toBe(2);
});

test('a page of people looks for the people of its conditions once', () => {
  const did = (count: number) => ({ all: Array.from({ length: count }, (_, n) => ({ event: `e${n}` })) });
  const columns = [{ event: 'e', show: 'times' }];
  expect([1, 2, 3].map((count) => readings('people', { filter: did(count), columns }))).toEqual([2, 3, 4]);
});

test('the list of the people of a cell in a filtered overview reads the hits 100 times at most', () => {
  const cell = cellOf('overview', { ...days, filter: cameFrom(1) }, { channel: 'Paid' });
  expect(readings('people', { cell })).toBeLessThanOrEqual(100);
});

test.each([{ window: 60 }, { skip: true }, { window: 60, split: { ...split, attribution: { step: 2 } } }, {}])(
  'each step of a funnel with %o adds the same number of tables',
  (more) => {
    for (const repeated of [false, true]) {
      const [five, ten, fifteen] = [5, 10, 15].map((count) => {
        const all = repeated ? steps(count).map(() => ({ event: 'e' })) : steps(count);
        return readings('funnel', { ...days, ...more, steps: all });
      });
      expect(fifteen! - ten!).toBe(ten! - five!);
    }
  },
);

test('the visits of an overview are computed twice: they read the hits three times, each of which applies the filter', () => {
  const visits = (filter?: object) => readingsOf('overview', { ...days, ...(filter && { filter }) }).visits!;
  expect(visits()).toBe(3);
  const [one, two] = [visits(cameFrom(1)), visits(cameFrom(2))];
  expect([one, two]).toEqual([12, 21]);
});
