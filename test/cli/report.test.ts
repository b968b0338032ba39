import { chownSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NoReport } from '../../src/collector/reports/no-report.js';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { shareReports } from '../../src/collector/reports/shared-reports.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { clientOf, KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { openFolder, run, runWaiting } from '../support/transfer.js';

const TREND = { event: 'Signed Up', count: 'people', by: 'day', from: '2026-01-01', to: '2026-01-02' };

const ask = (data: string, kind: string, question: object, ...more: string[]) =>
  run(['report', kind, '--data', data, '--key', 'site', '--q', JSON.stringify(question), ...more]);

/** A folder with a store, and a server in place of a collector that answers commands. */
async function folderWith(answer: ReportEngine['ask']): Promise<string> {
  const data = await temporaryFolder();
  await openFolder(data).close();
  const end = await shareReports(
    data,
    { ask: answer, snapshot: () => Promise.reject(new Error('none')) },
    () => undefined,
  );
  onTestFinished(() => end());
  return data;
}

const json = (answer: object): Buffer => Buffer.from(JSON.stringify(answer));

test('a report is the same while a collector runs on the folder, and when none runs', async () => {
  const data = await temporaryFolder();
  const collector = await serve(['--data', data]);
  const client = clientOf(collector.origin);
  for (const person of ['bob', 'ann']) await client.send(`/e?_k=site&_p=${person}&_n=Signed+Up&_t=${NOON}&_d=1`);
  await client.send('/a?_k=site&_p=bob&_n=bob@example.com');

  const withoutTime = async () => {
    const { code, out, err } = await ask(data, 'trend', TREND);
    return {
      code,
      err,
      lines: out.replace(/\nAs of 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n$/, '').split('\n'),
    };
  };
  const lines = ['start       value  open', '2026-01-01      2', '2026-01-02      0', 'total           2', ''];
  await expect.poll(async () => (await withoutTime()).lines).toEqual(lines);
  const people = await ask(data, 'people', {}, '--csv');
  expect(
    people.out
      .replace(/^\uFEFF/, '')
      .split('\r\n')
      .sort(),
  ).toEqual([
    '',
    'ann,ann,2026-01-01T12:00:00Z',
    'bob; bob@example.com,bob,2026-01-01T12:00:00Z',
    'identities,customer IDs,last seen',
  ]);

  collector.process.kill('SIGTERM');
  expect(await collector.exited).toBe(0);
  expect(await withoutTime()).toEqual({ code: 0, err: '', lines });
  // Only one process can have the file open: the second one waits.
  const both = await Promise.all([withoutTime(), withoutTime()]);
  expect(both.map((report) => report.lines)).toEqual([lines, lines]);
});

test('a collector of several processes answers commands as well', async () => {
  const data = await temporaryFolder();
  const collector = await serve(['--data', data, '--processes', '2']);
  await clientOf(collector.origin).send(`/e?_k=site&_p=bob&_n=Signed+Up&_t=${NOON}&_d=1`);
  const total = async () => JSON.parse((await ask(data, 'trend', TREND, '--json')).out || '{}') as unknown;
  await expect.poll(total).toMatchObject({ total: 1, asOf: expect.any(Number) as number });
});

test.skipIf(process.geteuid?.() !== 0)(
  'a report that root asks for leaves no file that the owner of the folder cannot write',
  async () => {
    const data = await temporaryFolder();
    await openFolder(data).close();
    const owner = 65_534;
    for (const file of [data, ...readdirSync(data).map((name) => join(data, name))]) chownSync(file, owner, owner);
    expect(await ask(data, 'trend', TREND)).toMatchObject({ code: 0 });
    const files = readdirSync(data);
    expect(files).toContain('reports.duckdb');
    expect(files.filter((name) => statSync(join(data, name)).uid !== owner)).toEqual([]);
  },
);

test('a command without the settings of the collector does not delete its reports', async () => {
  const data = await temporaryFolder();
  const config = join(data, 'settings.json');
  writeFileSync(config, JSON.stringify({ sites: { site: { counting: 'reference' } } }));
  const store = openFolder(data);
  const { hit, ...arrival } = arrived({ person: 'ada', event: 'Signed Up' });
  await store.append([{ hit: { ...hit, key: 'site' }, ...arrival }]);
  await store.close();
  expect(await ask(data, 'trend', TREND, '--config', config)).toMatchObject({ code: 0 });
  const { ino } = statSync(join(data, 'reports.duckdb'));
  expect(await ask(data, 'trend', TREND)).toEqual({
    code: 1,
    out: '',
    err:
      'kmq: The collector counts the hits of a site by another rule ("counting") than the settings of this command say: run it in the ' +
      'working directory of the collector, or give it the same --config.\n',
  });
  expect(statSync(join(data, 'reports.duckdb')).ino).toBe(ino);
  expect(await ask(data, 'trend', TREND, '--config', config)).toMatchObject({ code: 0, err: '' });
});

test('a command removes no hits from reports, whatever retention its own settings say', async () => {
  const data = await temporaryFolder();
  const config = join(data, 'other.json');
  writeFileSync(config, JSON.stringify({ sites: { site: { retention: 1 } } }));
  const store = openFolder(data);
  // The file of reports gets hits after the last one that it has again: so one is newer than the retention.
  const time = Math.floor(Date.now() / 1000);
  for (const { hit, ...arrival } of [
    arrived({ person: 'ada', event: 'Signed Up' }),
    arrived({ person: 'ada', event: 'Came', time }),
  ])
    await store.append([{ hit: { ...hit, key: 'site' }, ...arrival }]);
  await store.close();
  const total = async (...more: string[]) =>
    (JSON.parse((await ask(data, 'trend', TREND, '--json', ...more)).out) as { total: number }).total;
  const sql = async (...more: string[]) =>
    (await run(['sql', 'SELECT count(*) AS hits FROM events', '--csv', '--data', data, '--key', 'site', ...more])).out;
  expect(await total()).toBe(1);
  expect(await total('--config', config)).toBe(1);
  expect(await sql('--config', config)).toContain('2');
  expect(await total()).toBe(1);
  const collector = await serve(['--data', data]);
  expect(await total()).toBe(1);
  collector.process.kill('SIGTERM');
  expect(await collector.exited).toBe(0);
});

describe('the printed report', () => {
  test('has aligned columns, and no control characters for a terminal', async () => {
    const person = (id: string, plan: string | null, times: number) => ({
      ...{ identities: [id], customerIds: [], lastSeen: NOON, columns: [plan, times] },
    });
    const people = [person('\u001b[2Jbob', 'é', 5), person('ann', 'e\u0301e\u0301', 1234.5), person('x', null, -1)];
    const data = await folderWith(async () => json({ asOf: NOON, total: 9, people, next: 'more' }));
    const columns = [
      { property: 'Plan', show: 'last value' },
      { event: 'Paid', show: 'times' },
    ];
    expect((await ask(data, 'people', { columns })).out.split('\n')).toEqual([
      'identities  customer IDs  last seen             Plan: last value  Paid: times',
      '\uFFFD[2Jbob                   2026-01-01T12:00:00Z  é                           5',
      'ann                       2026-01-01T12:00:00Z  e\u0301e\u0301                     1234.5',
      'x                         2026-01-01T12:00:00Z                             -1',
      '',
      '3 of 9 people.',
      '',
      'As of 2026-01-01T12:00:00Z.',
      '',
    ]);
  });

  test('says how many people there are only if people are listed', async () => {
    const lists = { channels: [], referrers: [], pages: [], events: [], rows: [] };
    const data = await folderWith(async () =>
      json({ asOf: NOON, people: 7, visits: 9, newPeople: 3, now: 0, ...lists }),
    );
    const { out } = await ask(data, 'overview', { from: '2026-01-01', to: '2026-01-02' });
    expect(out.split('\n').slice(1)).toEqual([
      'range              all                7       9           3',
      'last five minutes  all                0',
      '',
      'As of 2026-01-01T12:00:00Z.',
      '',
    ]);
  });

  test('says how much was left out, and how many values are in no sum', async () => {
    const answer = { asOf: NOON, total: 9, rows: [], excluded: { bots: 4 }, skipped: 1 };
    const data = await folderWith(async () => json(answer));
    const { out } = await ask(data, 'trend', { ...TREND, count: 'sum', property: 'Amount' });
    expect(out).toContain(
      '\nAs of 2026-01-01T12:00:00Z. Left out: 4 bots. Not in the sum: 1 value that is not a number.\n',
    );
  });

  test('is the answer of the API, with --json', async () => {
    const answer = '{"asOf":1,"total":2,"rows":[]}';
    const data = await folderWith(async () => Buffer.from(answer));
    expect((await ask(data, 'trend', TREND, '--json')).out).toBe(`${answer}\n`);
  });

  test('waits until reports are built, and shows their progress', async () => {
    const progress = [0.123, 0.123, 0.5];
    const data = await folderWith(async () => {
      const [part] = progress;
      if (part === undefined) return json({ asOf: NOON, total: null, rows: [] });
      progress.shift();
      const error = `Reports are being built: they include ${Math.floor(part * 100)} % of the hits.`;
      throw new NoReport(503, { error, code: 'building', member: '', progress: part });
    });
    const command = ['report', 'trend', '--data', data, '--key', 'site', '--q', JSON.stringify(TREND), '--json'];
    const { code, waits } = await runWaiting(command);
    expect(code).toBe(0);
    expect(waits).toEqual([
      'Reports are being built: they include 12 % of the hits.\n',
      'Reports are being built: they include 50 % of the hits.\n',
    ]);
  });

  test('comes from the command itself, if the collector stops while the command waits', async () => {
    const data = await temporaryFolder();
    await openFolder(data).close();
    let asked = 0;
    const building = { error: 'Being built.', code: 'building', member: '', progress: 0.5 } as const;
    const engine: ReportEngine['ask'] = () => {
      asked += 1;
      return Promise.reject(new NoReport(503, building));
    };
    const snapshot = (): Promise<never> => Promise.reject(new Error('none'));
    const end = await shareReports(data, { ask: engine, snapshot }, () => undefined);
    const answer = ask(data, 'names', {});
    await expect.poll(() => asked).toBeGreaterThan(0);
    await end();
    expect(await answer).toMatchObject({ code: 0, out: expect.stringMatching(/^kind /) as string });
  });
});

describe('a mistake is explained in a sentence', () => {
  test('in a member of the question, in the folder, and in the address of ClickHouse', async () => {
    const data = await temporaryFolder();
    await openFolder(data).close();
    const faults = [
      await ask(data, 'trend', { ...TREND, by: 'year' }),
      await run(['report', 'trend', '--data', data, '--key', 'site', '--q', '{']),
      await run(['report', 'overview', '--data', data, '--key', 'site']),
      await ask(`${data}/none`, 'trend', TREND),
      await ask(data, 'trend', TREND, '--store', 'clickhouse://127.0.0.1:1/kmq'),
    ];
    expect(faults.map(({ code, out }) => [code, out])).toEqual(faults.map(() => [1, '']));
    expect(faults.map(({ err }) => err)).toEqual([
      expect.stringMatching(/^kmq: `by` [^\n]*\n$/),
      'kmq: The question is not JSON.\n',
      'kmq: `from` is missing. The question goes after --q: kmq report --help shows an example.\n',
      `kmq: There is no store in ${data}/none: ${data}/none/kmq.db is missing. Name the collector’s data folder with --data.\n`,
      'kmq: ClickHouse at http://127.0.0.1:1 does not answer (ECONNREFUSED).\n',
    ]);
    expect((await ask(data, 'nothing', {})).err).toMatch(/Allowed choices are .*trend/);
  });

  test('in the key, whose site has no hits: the report is printed, and the sites that there are', async () => {
    const data = await folderWith(async () => json({ asOf: NOON, total: 0, rows: [] }));
    const none = await ask(data, 'trend', TREND);
    expect([none.code, none.err]).toEqual([0, 'The store has no hits of a site “site”. It has no hits yet.\n']);

    const store = openFolder(data);
    await store.append([arrived({ person: 'bob', event: 'Signed Up' })]);
    await store.close();
    const slip = ['report', 'trend', '--data', data, '--key', 'slip', '--q', JSON.stringify(TREND)];
    const { code, out, err } = await run(slip);
    expect([code, err]).toEqual([0, `The store has no hits of a site “slip”. Its sites: ${KEY}.\n`]);
    expect(out).toMatch(/^total +0$/m);
  });

  test('in the connection to the collector', async () => {
    const data = await folderWith(() => Promise.reject(new Error('broken')));
    expect(await ask(data, 'trend', TREND)).toMatchObject({
      code: 1,
      err: expect.stringContaining('broken') as string,
    });
  });
});

test('the pages of a collector and commands see the same reports', async () => {
  const data = await temporaryFolder();
  const collector = await startCollector({ data });
  await collector.send(`/e?_k=site&_p=bob&_n=Signed+Up&_t=${NOON}&_d=1`);
  const address = `/api/v1/reports/trend?key=site&q=${encodeURIComponent(JSON.stringify(TREND))}`;
  const total = async () => ((await (await collector.send(address)).json()) as { total?: number }).total;
  await expect.poll(total).toBe(1);
  expect(JSON.parse((await ask(data, 'trend', TREND, '--json')).out)).toMatchObject({ total: 1 });
});

test('a question without its flag gets an error that names the flag', async () => {
  const data = await folderWith(() => Promise.reject(new Error('none')));
  const { code, err } = await run(['report', 'trend', JSON.stringify(TREND), '--data', data, '--key', 'site']);
  expect(code).toBe(1);
  expect(err).toContain(`“${JSON.stringify(TREND)}” is not an argument of kmq report. The question goes after --q.`);
});
