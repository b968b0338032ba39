import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { PeopleQuestion, ReportKind, Reports } from '../../src/protocol/reports.js';
import { building, NoReport } from '../../src/collector/reports/no-report.js';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { csvOf } from '../../src/collector/reports/sheets/csv.js';
import { startCollector } from '../support/collector.js';

type Asked = Parameters<ReportEngine['ask']>;

/** An engine with the answers of the test, which remembers its questions. */
function engineOf(answer: (...asked: Asked) => unknown): ReportEngine & { asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    ask: async (...parameters) => {
      asked.push(parameters);
      return Buffer.from(JSON.stringify(await answer(...parameters)));
    },
  };
}

const RANGE = { from: '2026-01-01', to: '2026-01-31' };
const TREND = { ...RANGE, event: 'Signed Up', count: 'people', by: 'month' };

const address = (kind: string, question: unknown, more = ''): string =>
  `/api/v1/reports/${kind}?key=site&q=${encodeURIComponent(JSON.stringify(question))}${more}`;

test.each(['GET', 'POST'])(
  'a question of %s reaches the engine as it was asked, and the answer is passed on unchanged',
  async (method) => {
    const engine = engineOf(() => ({ asOf: 1, total: 2 }));
    const collector = await startCollector({}, undefined, engine);
    const response =
      method === 'GET'
        ? await collector.send(address('trend', TREND))
        : await collector.send('/api/v1/reports/trend?key=site', { method, body: JSON.stringify(TREND) });
    expect([response.status, await response.json()]).toEqual([200, { asOf: 1, total: 2 }]);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(engine.asked.map((asked) => asked.slice(0, 3))).toEqual([['trend', 'site', TREND]]);
  },
);

test.each(['text/plain', 'multipart/form-data', 'json', 'a/b/c', ''])(
  'a body is read as JSON, also if its Content-Type is “%s”',
  async (type) => {
    const collector = await startCollector(
      {},
      undefined,
      engineOf(() => ({ asOf: 1 })),
    );
    const init = { method: 'POST', body: JSON.stringify(TREND), headers: { 'content-type': type } };
    const response = await collector.send('/api/v1/reports/trend?key=site', init);
    expect([response.status, await response.json()]).toEqual([200, { asOf: 1 }]);
  },
);

test('without the token nobody gets an answer', async () => {
  const engine = engineOf(() => ({}));
  const collector = await startCollector({ token: 'a-token-of-24-characters' }, undefined, engine);
  for (const init of [
    {},
    { method: 'POST', body: '{}' },
    { headers: { authorization: 'Bearer another-token-of-them' } },
  ])
    expect((await collector.send(address('trend', TREND), init)).status).toBe(401);
  expect(engine.asked).toEqual([]);
});

test('a HEAD request asks the engine nothing', async () => {
  const engine = engineOf(() => ({}));
  const collector = await startCollector({}, undefined, engine);
  const head = await collector.send(address('trend', TREND, '&format=csv'), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-disposition')]).toEqual([
    200,
    'attachment; filename="trend-2026-01-01-to-2026-01-31.csv"',
  ]);
  expect(engine.asked).toEqual([]);
});

describe('if there is no report, the answer has the reason, as a code and a member', () => {
  const problem = async (path: string, init?: RequestInit): Promise<unknown> => {
    const collector = await startCollector(
      { keys: ['site'] },
      undefined,
      engineOf(() => ({})),
    );
    const response = await collector.send(path, init);
    return { status: response.status, ...((await response.json()) as object) };
  };
  const error = expect.stringMatching(/^.*\.$/) as string;

  test.each([
    ['/api/v1/reports/trend?key=site&q=x', { status: 400, code: 'not_json', member: '' }],
    [address('trend', { ...TREND, by: 'year' }), { status: 400, code: 'bad_value', member: 'by' }],
    [address('trend', { ...TREND, evnt: 1 }), { status: 400, code: 'unknown_member', member: 'evnt' }],
    [address('trend', { ...TREND, to: '2025-12-31' }), { status: 400, code: 'bad_value', member: 'to' }],
    [
      address('trend', { ...TREND, where: [{ property: 'Plan', is: 'any' }, { is: 'any' }] }),
      { status: 400, code: 'missing_member', member: 'where[1].property' },
    ],
    ['/api/v1/reports/trend?key=site', { status: 400, code: 'missing_member', member: 'event' }],
    ['/api/v1/reports/trend?q={}', { status: 400, code: 'bad_request', member: 'key' }],
    [address('trend', TREND, '&format=xml'), { status: 400, code: 'bad_request', member: 'format' }],
    [address('trend', TREND).replace('site', 'other'), { status: 404, code: 'unknown_key', member: 'key' }],
    [address('retention', TREND), { status: 404, code: 'unknown_report', member: '' }],
  ])('%s', async (path, expected) => expect(await problem(path)).toEqual({ ...expected, error }));

  test('for a method that reports do not have, which does not depend on the kind', async () => {
    expect(await problem('/api/v1/reports/trend?key=site', { method: 'PUT' })).toEqual({
      status: 404,
      error: 'There is nothing at this URL.',
    });
  });

  test('of a body', async () => {
    const post = (body: string) => problem('/api/v1/reports/trend?key=site', { method: 'POST', body });
    expect(await post('')).toEqual({ status: 400, code: 'not_json', member: '', error });
    const long = JSON.stringify({ ...TREND, event: 'x'.repeat(1024 * 1024) });
    expect(await post(long)).toEqual({ status: 400, code: 'too_large', member: 'event', error });
    const deep = `{"filter":${'{"not":'.repeat(10_000)}{}${'}'.repeat(10_001)}`;
    expect(await post(deep)).toMatchObject({ status: 400, code: 'too_deep' });
    expect(await post('['.repeat(3 * 1024 * 1024))).toEqual({ status: 413, code: 'too_large', member: '', error });
  });

  test('if ClickHouse cannot be reached', async () => {
    const collector = await startCollector({ store: 'clickhouse://127.0.0.1:1/kmq' });
    const response = await collector.send(address('trend', TREND));
    expect([response.status, await response.json()]).toEqual([503, { code: 'unavailable', member: '', error }]);
  });

  test.each(['json', 'csv'])('of an engine, if %s was asked for', async (format) => {
    const problems = [
      new NoReport(503, { error: 'Reports are being built.', code: 'building', member: '', progress: 0.25 }),
      new NoReport(504, { error: 'It took too long.', code: 'too_slow', member: '' }),
      new Error('a secret of the engine'),
    ];
    const answers: unknown[] = [];
    for (const problem of problems) {
      const engine = engineOf(() => Promise.reject(problem));
      const response = await (
        await startCollector({}, undefined, engine)
      ).send(address('trend', TREND, `&format=${format}`));
      expect(response.headers.get('content-disposition')).toBe(null);
      answers.push([response.status, await response.json()]);
      expect(response.headers.get('retry-after')).toBe(response.status === 503 ? '1' : null);
    }
    expect(answers).toEqual([
      [503, { error: 'Reports are being built.', code: 'building', member: '', progress: 0.25 }],
      [504, { error: 'It took too long.', code: 'too_slow', member: '' }],
      [500, { error: 'Something went wrong; the log says what.', code: 'failed', member: '' }],
    ]);
  });
});

test('a HEAD request, which asks nothing, also says that reports are being built', async () => {
  const engine = engineOf(() => ({ asOf: 1 }));
  let progress: number | undefined = 0.25;
  engine.whyIncomplete = () => (progress === undefined ? undefined : building(progress));
  const collector = await startCollector({}, undefined, engine);
  const head = async (): Promise<unknown[]> => {
    const { status, headers } = await collector.send(address('trend', TREND, '&format=csv'), { method: 'HEAD' });
    return [status, headers.get('retry-after')];
  };
  expect(await head()).toEqual([503, '1']);
  progress = undefined;
  expect(await head()).toEqual([200, null]);
  expect(engine.asked).toEqual([]);
});

test('the engine is told when the client disconnects, and not after its answer', async () => {
  const engine = engineOf((_kind, _key, _question, signal) =>
    engine.asked.length === 1
      ? {}
      : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  );
  const collector = await startCollector({}, undefined, engine);
  await (await collector.send(address('trend', TREND))).text();
  const leaving = new AbortController();
  const answer = collector.send(address('trend', TREND), { signal: leaving.signal });
  await expect.poll(() => engine.asked.length).toBe(2);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => engine.asked[1]![3].aborted).toBe(true);
  expect(engine.asked[0]![3].aborted).toBe(false);
});

describe('as CSV', () => {
  const csv = async (kind: string, question: unknown, answer: (...asked: Asked) => unknown) => {
    const collector = await startCollector({}, undefined, engineOf(answer));
    const response = await collector.send(address(kind, question, '&format=csv'));
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const text = bytes.toString().slice(1);
    // Each line ends as RFC 4180 requires, also the last one.
    expect(text.endsWith('\r\n') && !/[^\r]\n/.test(text)).toBe(true);
    return { name: response.headers.get('content-disposition'), rows: parse(text, { relax_column_count: false }) };
  };

  /** The rows of an answer of an engine. */
  const rowsOf = async <K extends ReportKind>(kind: K, question: object, answer: object): Promise<string[][]> => {
    let text = '';
    const ask = async () => Buffer.from(JSON.stringify(answer));
    for await (const piece of await csvOf(kind, question as Reports[K]['question'], ask)) text += piece;
    return parse(text, { bom: true });
  };

  test('a trend has a row for each bucket and one for the total, for each value and for both ranges', async () => {
    const rows = [{ start: '2026-01-01', value: -12.5, open: true, cell: 'c' }];
    const split = [
      { value: null, total: 1, rows, cell: 'c' },
      { value: '=1+1', total: null, rows: [], cell: 'c' },
      { value: '-1.5', total: 2, rows: [], cell: 'c' },
      { value: '-1+1', total: 2, rows: [], cell: 'c' },
      { value: 'a "b", c', total: 3, rows: [], cell: 'c' },
    ];
    const before = { from: '2025-12-01', to: '2025-12-31', total: 9, rows: [] };
    const { name, rows: table } = await csv(
      'trend',
      { ...TREND, compare: true, split: { property: '@plan', attribution: 'last touch' } },
      () => ({ asOf: 1, total: 5, rows, split, rest: { total: 7, rows: [], cell: 'c' }, before }),
    );
    expect(name).toBe('attachment; filename="trend-2026-01-01-to-2026-01-31.csv"');
    const now = ['2026-01-01', '2026-01-31'];
    expect(table).toEqual([
      ['from', 'to', 'group', "'@plan", 'start', 'value', 'open'],
      [...now, 'all', '', '2026-01-01', '-12.5', 'open'],
      [...now, 'all', '', 'total', '5', ''],
      [...now, 'none', '', '2026-01-01', '-12.5', 'open'],
      [...now, 'none', '', 'total', '1', ''],
      [...now, 'value', "'=1+1", 'total', '', ''],
      [...now, 'value', '-1.5', 'total', '2', ''],
      [...now, 'value', "'-1+1", 'total', '2', ''],
      [...now, 'value', 'a "b", c', 'total', '3', ''],
      [...now, 'rest', '', 'total', '7', ''],
      ['2025-12-01', '2025-12-31', 'all', '', 'total', '9', ''],
    ]);
  });

  test('a funnel has a row for each step', async () => {
    const steps = [
      { event: 'Visited Site', people: 10, medianSeconds: null, cell: 'c', lost: { people: 6, cell: 'c' } },
      { event: '+Signed Up', people: 4, medianSeconds: 12.5, cell: 'c' },
    ];
    const question = { ...RANGE, steps: [{ event: 'Visited Site' }, { event: 'Signed Up' }] };
    const plain = await rowsOf('funnel', question, { asOf: 1, open: 0, steps });
    expect(plain).toEqual([
      ['step', 'event', 'people', 'median seconds', 'lost'],
      ['1', 'Visited Site', '10', '', '6'],
      ['2', "'+Signed Up", '4', '12.5', ''],
    ]);
    const split = { property: 'plan', attribution: 'first ever' };
    const ofChannel = { source: 'channel', attribution: 'first ever' };
    const [head] = await rowsOf('funnel', { ...question, split: ofChannel }, { asOf: 1, open: 0, steps, split: [] });
    expect(head!.slice(0, 2)).toEqual(['group', 'channel']);
    const parted = await rowsOf(
      'funnel',
      { ...question, window: 60, split },
      {
        ...{ asOf: 1, open: 3, steps, split: [{ value: '', steps }], rest: { steps } },
      },
    );
    expect(parted.map((row) => row.slice(0, 4).join(' '))).toEqual([
      ...['group plan step event', 'all  1 Visited Site', "all  2 '+Signed Up", 'all  open '],
      ...['value  1 Visited Site', "value  2 '+Signed Up", 'rest  1 Visited Site', "rest  2 '+Signed Up"],
    ]);
  });

  test('several questions are one file, in which each row begins with its days', async () => {
    const days = [RANGE, { from: '2025-12-01', to: '2025-12-31' }];
    const questions = days.map((range) => ({ ...range, event: 'x', count: 'people', by: 'month' }));
    const { name, rows } = await csv('trend', questions, (_kind, _key, asked) => {
      const { from } = asked as { from: string };
      return { asOf: 1, total: from === RANGE.from ? 7 : 2, rows: [], cell: 'c' };
    });
    expect(name).toBe('attachment; filename="trend-2026-01-01-to-2026-01-31.csv"');
    expect(rows).toEqual([
      ['from', 'to', 'start', 'value', 'open'],
      ['2026-01-01', '2026-01-31', 'total', '7', ''],
      ['2025-12-01', '2025-12-31', 'total', '2', ''],
    ]);
  });

  test.each([
    ['[]', 'too_small', ''],
    ['[{}', 'not_json', ''],
    [JSON.stringify(Array.from({ length: 4 }, () => ({ ...RANGE }))), 'too_many', ''],
    [JSON.stringify([{ ...RANGE }, { from: '2026-01-01' }]), 'missing_member', '[1].to'],
    [JSON.stringify([{ ...RANGE, compare: true }]), 'bad_value', '[0]'],
  ])('a list of questions is refused: %s', async (q, code, member) => {
    const collector = await startCollector(
      {},
      undefined,
      engineOf(() => ({})),
    );
    const url = `/api/v1/reports/overview?key=site&format=csv&q=${encodeURIComponent(q)}`;
    expect(await (await collector.send(url)).json()).toMatchObject({ code, member });
  });

  test('people are all people, however many, with times in UTC', async () => {
    const ids = Array.from({ length: 2500 }, (_, n) => `person ${n}`);
    const random = 'V1StGXR8_Z5jdHi6B-myT';
    const columns = [
      { event: 'Paid', show: 'last' },
      { event: 'Paid', show: 'times' },
      { property: 'Plan', show: 'last value' },
      { property: 'Plan', show: 'first time' },
    ];
    const { name, rows } = await csv('people', { columns, limit: 3 }, (_kind, _key, asked) => {
      const { limit, after = '0' } = asked as PeopleQuestion;
      const from = Number(after);
      const people = ids.slice(from, from + limit).map((id) => ({
        ...{ identities: [random, id, '=x'], customerIds: [random, id], lastSeen: 1_400_000_000 },
        columns: [1_400_000_000, 3, Number(id.slice(7)) % 2 ? '-29.00' : '-1e2-1', null],
      }));
      return { asOf: 1, total: ids.length, people, next: from + limit < ids.length ? String(from + limit) : null };
    });
    expect(name).toBe('attachment; filename="people.csv"');
    const [header, ...people] = rows;
    const titles = ['Paid: last', 'Paid: times', 'Plan: last value', 'Plan: first time'];
    expect(header).toEqual(['identities', 'customer IDs', 'last seen', ...titles]);
    expect(people.map((row) => row[1])).toEqual(ids);
    const time = '2014-05-13T16:53:20Z';
    // A negative number stays a number, so that a sum of the column includes it.
    expect(people[7]).toEqual([`${random}; person 7; =x`, 'person 7', time, time, '3', '-29.00', '']);
    expect(people[8]![5]).toBe("'-1e2-1");
  });

  test('people are all people in a file of several questions as well', async () => {
    const counts: Record<string, number> = { '2026-01-01': 1500, '2025-12-01': 60 };
    const questions = [RANGE, { from: '2025-12-01', to: '2025-12-31' }];
    const { rows } = await csv('people', questions, (_kind, _key, asked) => {
      const { from = '', limit, after = '0' } = asked as PeopleQuestion;
      const [begin, total] = [Number(after), counts[from]!];
      const people = Array.from({ length: Math.min(limit, total - begin) }, (_, n) => ({
        ...{ identities: [`person ${begin + n}`], customerIds: [], lastSeen: 1_400_000_000, columns: [] },
      }));
      return { asOf: 1, total, people, next: begin + limit < total ? String(begin + limit) : null };
    });
    expect(rows[0]).toEqual(['from', 'to', 'identities', 'customer IDs', 'last seen']);
    const listed = (from: string): string[] => rows.filter(([day]) => day === from).map((row) => row[2]!);
    for (const [from, total] of Object.entries(counts))
      expect(listed(from)).toEqual(Array.from({ length: total }, (_, n) => `person ${n}`));
  });

  test('a list that cannot be continued ends its connection, so that nobody takes a part for the whole', async () => {
    const engine = engineOf((_kind, _key, asked) => {
      if ((asked as PeopleQuestion).after !== undefined)
        throw new NoReport(504, { error: 'Too slow.', code: 'too_slow', member: '' });
      return { asOf: 1, total: 2000, people: [], next: 'more' };
    });
    const collector = await startCollector({}, undefined, engine);
    const response = await collector.send(address('people', {}, '&format=csv'));
    await expect(response.text()).rejects.toThrow();
  });

  test('values, names and the overview are rows as well', async () => {
    const value = { value: null, people: 1, times: 2, cell: 'c' };
    const name = { name: 'Plan', people: 1, times: 2, first: 0, last: 86_400, cell: 'c' };
    expect(
      await rowsOf('breakdown', { ...RANGE, property: 'Plan' }, { values: [value, { ...value, value: '' }] }),
    ).toEqual([
      ['group', 'Plan', 'people', 'times'],
      ['none', '', '1', '2'],
      ['value', '', '1', '2'],
    ]);
    expect(await rowsOf('names', {}, { events: [name], properties: [name] })).toEqual([
      ['kind', 'name', 'people', 'times', 'first', 'last'],
      ['event', 'Plan', '1', '2', '1970-01-01T00:00:00Z', '1970-01-02T00:00:00Z'],
      ['property', 'Plan', '1', '2', '1970-01-01T00:00:00Z', '1970-01-02T00:00:00Z'],
    ]);
    const day = { start: '2026-01-01', people: 5, visits: 6, newPeople: 4 };
    const overview = await rowsOf('overview', RANGE, {
      ...{ people: 7, visits: 8, newPeople: 6, rows: [day], now: 3 },
      ...{ channels: [{ ...value, value: 'Paid' }], referrers: [value], pages: [], events: [name] },
    });
    expect(overview).toEqual([
      ['of', 'group', 'value', 'people', 'visits', 'new people', 'times'],
      ['range', 'all', '', '7', '8', '6', ''],
      ['day', 'value', '2026-01-01', '5', '6', '4', ''],
      ['channel', 'value', 'Paid', '1', '', '', '2'],
      ['referrer', 'none', '', '1', '', '', '2'],
      ['event', 'value', 'Plan', '1', '', '', '2'],
      ['last five minutes', 'all', '', '3', '', '', ''],
    ]);
  });
});
