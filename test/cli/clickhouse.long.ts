import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { clientOf, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { run, start, type Finished } from '../support/transfer.js';

// `kmq report` and `kmq sql` on a current ClickHouse, run as they are installed.

const LONG_TEXT = `=${'x'.repeat(100)}`;
const TREND = { event: 'Signed Up', count: 'people', by: 'day', from: '2026-01-01', to: '2026-01-02' };

let server: string;
/** The database with the hits of all tests. */
let store: string;

beforeAll(async () => {
  server = await chdbOfTests();
  store = `${server}/${newDatabase()}`;
  const collector = new ClickHouseStore({ url: store, folder: await temporaryFolder(), counting: () => 'auto' });
  const other = arrived({ person: 'spy', event: 'Elsewhere', properties: [['Secret', 's']] });
  await collector.append([
    arrived({ person: 'bob', event: 'Signed Up', properties: [['Plan', 'gold']] }),
    arrived({
      person: 'bob@example.com',
      event: 'Paid',
      properties: [
        ['plan', '9.50'],
        ['Long', LONG_TEXT],
      ],
      time: NOON + 60,
    }),
    arrived({ person: 'bob', other: 'bob@example.com' }),
    arrived({ person: 'ann', event: 'Signed Up', time: NOON + 86_400 }),
    arrived({ person: 'eve', properties: [['Role', 'admin']] }),
    { ...other, hit: { ...other.hit, key: 'other' } },
  ]);
  const { database } = parseAddress(store);
  const nodes = new Nodes(parseAddress(store));
  const counted = `SELECT (SELECT count() FROM ${database}.report_hits) AS hits, max(as_of) > 0 AS isKnown FROM ${database}.report_fillers`;
  await vi.waitFor(async () => expect(await nodes.rows(counted)).toEqual([{ hits: 5, isKnown: 1 }]), 60_000);
  await nodes.close();
  await collector.close();
});

const ask = (command: string[], url: string, ...more: string[]): Promise<Finished> =>
  run([...command, '--store', url, '--key', 'site', ...more]);
const report = (kind: string, question: object, ...more: string[]) =>
  ask(['report', kind], store, '--q', JSON.stringify(question), ...more);
const sql = (text: string, ...more: string[]) => ask(['sql', text], store, ...more);
const rows = async (text: string): Promise<unknown> => {
  const { code, out, err } = await sql(text, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
};

const DIALECT =
  /^This is the SQL of ClickHouse 2[4-9]\.\d+\.\d+\.\d+: https:\/\/clickhouse\.com\/docs\/sql-reference\n$/;

describe('kmq report', () => {
  test('prints a table, CSV and the answer of the API', async () => {
    const { code, out, err } = await report('trend', TREND);
    const lines = out.replace(/\nAs of 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n$/, '').split('\n');
    expect({ code, err, lines }).toEqual({
      ...{ code: 0, err: '' },
      lines: ['start       value  open', '2026-01-01      1', '2026-01-02      1', 'total           2', ''],
    });
    const people = await report('people', { columns: [{ property: 'LONG', show: 'last value' }] }, '--csv');
    expect(people.out.replace(/^\uFEFF/, '').split('\r\n')).toEqual([
      'identities,customer IDs,last seen,LONG: last value',
      'ann,ann,2026-01-02T12:00:00Z,',
      `bob; bob@example.com,bob; bob@example.com,2026-01-01T12:01:00Z,'${LONG_TEXT}`,
      'eve,eve,2026-01-01T12:00:00Z,',
      '',
    ]);
    const address = `/api/v1/reports/trend?key=site&q=${encodeURIComponent(JSON.stringify(TREND))}`;
    const collector = await startCollector({ store });
    const answer = (await (await collector.send(address)).json()) as object;
    const printed = JSON.parse((await report('trend', TREND, '--json')).out) as object;
    expect({ ...printed, asOf: 0 }).toEqual({ ...answer, asOf: 0 });
  });

  test('says that a site has no hits, that a question is wrong, or that the database has no hits of a collector', async () => {
    const empty = await run(['report', 'trend', '--store', store, '--key', 'slip', '--q', JSON.stringify(TREND)]);
    // The first hits of both sites have the same time.
    expect(empty.err).toMatch(/^The store has no hits of a site “slip”\. Its sites: (site, other|other, site)\.\n$/);
    expect(empty.code).toBe(0);
    expect(empty.out).toContain('total           0\n');
    expect(await report('trend', { ...TREND, by: 'year' })).toMatchObject({
      ...{ code: 1, out: '' },
      err: expect.stringMatching(/^kmq: `by` [^\n]*\n$/) as string,
    });
    const database = newDatabase();
    for (const command of [
      ['report', 'names'],
      ['sql', 'SELECT count() FROM events'],
    ])
      expect(await ask(command, `${server}/${database}`)).toMatchObject({
        ...{ code: 1, out: '' },
        err: `kmq: The database “${database}” in the URL of ClickHouse does not exist, or has no tables of kmq: no collector has stored hits in it.\n`,
      });
    const slip = await ask(['sql', 'SELECT count() FROM event'], store);
    expect([slip.code, slip.err]).toEqual([1, expect.stringContaining('Unknown table')]);
  });

  test('is answered while a collector runs, and when none runs', async () => {
    const url = `${server}/${newDatabase()}`;
    const collector = await serve(['--data', await temporaryFolder(), '--store', url]);
    await clientOf(collector.origin).send(`/e?_k=site&_p=bob&_n=Signed+Up&_t=${NOON}&_d=1`);
    const total = async (): Promise<number> => {
      const { out } = await ask(['report', 'trend'], url, '--q', JSON.stringify(TREND), '--json');
      return (JSON.parse(out || '{}') as { total: number }).total;
    };
    await expect.poll(total).toBe(1);
    collector.process.kill('SIGTERM');
    expect(await collector.exited).toBe(0);
    expect(await total()).toBe(1);
  });
});

describe('kmq sql', () => {
  test('answers questions about events, people and identities of merged people, and says which dialect of SQL it is', async () => {
    const { code, out, err } = await sql(`SELECT identity, event, time, agent, properties['plan'] AS plan,
      person = (SELECT min(person) FROM people WHERE identity = 'bob') AS bobs FROM events ORDER BY identity`);
    expect([code, err]).toEqual([0, expect.stringMatching(DIALECT)]);
    expect(out.replace(/ +$/gm, '')).toBe(
      [
        'identity         event      time                 agent    plan  bobs',
        'ann              Signed Up  2026-01-02 12:00:00  browser           0',
        'bob              Signed Up  2026-01-01 12:00:00  browser  gold     1',
        'bob@example.com  Paid       2026-01-01 12:01:00  browser  9.50     1',
        'eve                         2026-01-01 12:00:00  browser           0',
        ...['', '4 rows.', ''],
      ].join('\n'),
    );
    expect(
      await rows('SELECT identity, identities, first_seen, last_seen, events, bot FROM people ORDER BY 1'),
    ).toEqual(
      [
        ['ann', 1, '2026-01-02 12:00:00', '2026-01-02 12:00:00', 1, 0],
        ['bob', 2, '2026-01-01 12:00:00', '2026-01-01 12:01:00', 2, 0],
        ['eve', 1, '2026-01-01 12:00:00', '2026-01-01 12:00:00', 0, 0],
      ].map(([identity, identities, first_seen, last_seen, events, bot]) => ({
        ...{ identity, identities, first_seen, last_seen, events, bot },
      })),
    );
    expect(await rows('SELECT identity, count() OVER (PARTITION BY person) AS of FROM identities ORDER BY 1')).toEqual([
      { identity: 'ann', of: 1 },
      { identity: 'bob', of: 2 },
      { identity: 'bob@example.com', of: 2 },
      { identity: 'eve', of: 1 },
    ]);
  });

  test('accepts a statement with WITH and comments, also from standard input', async () => {
    const text = `-- how many
      /* of whom */ WITH two AS (SELECT 2 AS n) SELECT count() * (SELECT n FROM two) AS n FROM people;`;
    const { out } = await run(['sql', '--store', store, '--key', 'site', '--json'], text);
    expect(JSON.parse(out)).toEqual([{ n: 6 }]);
    expect(
      await run(['sql', '--store', store, '--key', 'slip', '--csv'], 'SELECT count() AS n FROM events'),
    ).toMatchObject({ code: 0, out: '\uFEFFn\r\n0\r\n' });
  });

  test('keeps all digits of a number, also of those in lists', async () => {
    const most = '9223372036854775807';
    const text = `SELECT toInt64(7) AS small, toInt64(${most}) AS large, [toInt64(7), toInt64(${most}), NULL] AS list,
      map('a', toUInt64(7)) AS named, toDecimal64('1.50', 2) AS price, toDecimal128('12345678901234567890.12', 2) AS sum`;
    expect(await rows(text)).toEqual([
      { small: 7, large: most, list: [7, most, null], named: { a: 7 }, price: 1.5, sum: '12345678901234567890.12' },
    ]);
  });

  test('writes the whole answer, to a file that only its owner can read', async () => {
    const data = await temporaryFolder();
    const file = (ending: string): string => join(data, `out.${ending}`);
    const large = 'SELECT number AS n, 18446744073709551615 AS most, NULL AS nothing FROM numbers(5000)';
    for (const ending of ['csv', 'JSON'])
      expect(await sql(large, '--out', file(ending))).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(file('csv'), 'utf8').split('\r\n')).toHaveLength(5002);
    const objects = JSON.parse(readFileSync(file('JSON'), 'utf8')) as unknown[];
    expect([objects.length, objects.at(-1)]).toEqual([5000, { n: 4999, most: '18446744073709551615', nothing: null }]);
    expect(statSync(file('csv')).mode & 0o777).toBe(0o600);
    expect((await sql(large)).out).toMatch(
      /\nThe first 40 of 5000 rows; --csv, --json and --out write all of them\.\n$/,
    );
    expect((await sql(large, '--out', file('parquet'))).err).toMatch(/with --store .* end in \.csv or \.json\.\n$/);
  });

  test('waits while the hits of an existing store are copied into reports, and says so', async () => {
    const nodes = new Nodes(parseAddress(store));
    const fillers = `${parseAddress(store).database}.report_fillers`;
    const [before] = await nodes.rows<Record<string, number>>(
      `SELECT * FROM ${fillers} FINAL ORDER BY as_of DESC LIMIT 1`,
    );
    const fill = (asOf: unknown, progress: number): Promise<unknown> =>
      nodes.run(
        `INSERT INTO ${fillers} SELECT ${before!.filler}, 0, toUnixTimestamp64Milli(now64(3)), ${String(asOf)}, ${progress}`,
      );
    await nodes.run(`TRUNCATE TABLE ${fillers}`);
    await fill(0, 0.37);
    const counting = ['sql', 'SELECT count() AS n FROM events', '--csv', '--store', store, '--key', 'site'];
    const child = start(counting);
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const answered = buffer(child.stdout!);
    const waits = 'Reports are being built: they include 37 % of the hits.\n';
    await vi.waitFor(() => expect(said).toBe(waits), 60_000);
    await fill(before!.as_of, 1);
    expect((await answered).toString()).toBe('\uFEFFn\r\n4\r\n');
    await nodes.close();
  });

  test('changes nothing, reads one site, and shows ClickHouse’s own error messages', async () => {
    const database = store.split('/').at(-1)!;
    const writing = [
      `INSERT INTO ${database}.report_removals (removal) VALUES (1)`,
      `DROP TABLE ${database}.report_hits`,
      `ALTER TABLE ${database}.hits DELETE WHERE 1`,
      `SELECT 1; DROP TABLE ${database}.hits`,
      `SELECT 1 INTO OUTFILE '/tmp/kmq-stolen'`,
    ];
    for (const text of writing) expect(await sql(text), text).toMatchObject({ code: 1, out: '' });
    expect(await rows('SELECT count() AS n FROM events')).toEqual([{ n: 4 }]);
    expect(JSON.stringify(await rows('SELECT * FROM events'))).not.toMatch(/spy|Elsewhere|secret/i);
    expect(await sql('SELECT nothing FROM events')).toMatchObject({
      ...{ code: 1, out: '' },
      err: expect.stringMatching(/^kmq: .*nothing/) as string,
    });
    const limited = await sql('SELECT groupArray(number) FROM numbers(100000000)', '--report-memory', '512');
    expect(limited).toMatchObject({ code: 1, err: expect.stringMatching(/^kmq: .*memory/i) as string });
  });
});
