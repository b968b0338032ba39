import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arrived, NOON, type Told } from '../support/arrived-hits.js';
import { clientOf, KEY, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { LONG } from '../support/long.js';
import { openFolder, run } from '../support/transfer.js';
import { answer, BOB, databaseOn, folderWith, left, rowsIn, sql } from './sql-stand.js';

test('a question waits until another process replaces one that could not open the file', async () => {
  const data = await folderWith(...BOB);
  writeFileSync(join(data, 'reports.duckdb'), 'x'.repeat(20_000));
  expect(await answer(data, 'SELECT count(*) AS people FROM people')).toEqual([{ people: 1 }]);
});

test('events, people and identities are those of merged people, while a collector runs on the folder and when none runs', async () => {
  const data = await temporaryFolder();
  const collector = await serve(['--data', data]);
  const client = clientOf(collector.origin);
  await client.send(`/e?_k=site&_p=bob&_n=Signed+Up&Plan=gold&_t=${NOON}&_d=1`);
  await client.send(`/e?_k=site&_p=bob@example.com&_n=Paid&plan=9.50&_t=${NOON + 60}&_d=1`);
  await client.send('/a?_k=site&_p=bob&_n=bob@example.com');
  await client.send(`/s?_k=site&_p=ann&Role=admin&_t=${NOON}&_d=1`);

  const events = () =>
    answer(
      data,
      'SELECT identity, event, time, agent, Plan AS "Plan", "role" AS "Role", person = (FROM (SELECT min(person) FROM people)) AS first FROM events ORDER BY hit',
    );
  const expected = [
    ['bob', 'Signed Up', '2026-01-01 12:00:00', 'gold', null, true],
    ['bob@example.com', 'Paid', '2026-01-01 12:01:00', '9.50', null, true],
    ['ann', null, '2026-01-01 12:00:00', null, 'admin', false],
  ].map(([identity, event, time, Plan, Role, first]) => ({
    ...{ identity, event, time, agent: expect.any(String) as string, Plan, Role, first },
  }));
  await expect.poll(() => events().catch(String)).toEqual(expected);
  const people = () =>
    answer(data, 'SELECT identity, identities, first_seen, last_seen, events, bot FROM people ORDER BY 1');
  const two = [
    {
      identity: 'ann',
      identities: 1,
      first_seen: '2026-01-01 12:00:00',
      last_seen: '2026-01-01 12:00:00',
      events: 0,
      bot: false,
    },
    {
      identity: 'bob',
      identities: 2,
      first_seen: '2026-01-01 12:00:00',
      last_seen: '2026-01-01 12:01:00',
      events: 2,
      bot: false,
    },
  ];
  expect(await people()).toEqual(two);

  collector.process.kill('SIGTERM');
  expect(await collector.exited).toBe(0);
  expect(await events()).toEqual(expected);
  // Two commands at the same time: each has its own snapshot, and the processes open the reports one after the other.
  expect(await Promise.all([people(), people()])).toEqual([two, two]);
  expect(
    await answer(data, 'SELECT identity, count(*) OVER (PARTITION BY person) AS of FROM identities ORDER BY 1'),
  ).toEqual([
    { identity: 'ann', of: 1 },
    { identity: 'bob', of: 2 },
    { identity: 'bob@example.com', of: 2 },
  ]);
  expect(left(data)).toEqual([]);
  expect(statSync(join(data, 'reports.snapshots')).mode & 0o777).toBe(0o700);
});

describe('names of properties', () => {
  test('are columns if possible; names that cannot be columns are in the map', async () => {
    const able = [
      'a"b\'c',
      'x); DROP VIEW events; --',
      '__proto__',
      'filename',
      'rowid',
      'file_row_number',
      'É',
      ' ',
      '日本',
    ];
    const unable = ['', 'hit', 'Person', 'TIME', 'Properties', 'agent', 'event', 'identity'];
    // The first properties have columns in the engine, the others are in its map: both have the same result.
    for (const filler of [0, 40]) {
      const properties = [
        ...Array.from({ length: filler }, (_, index): [string, string] => [`Filler ${index}`, 'f']),
        ...[...able, ...unable].map((name): [string, string] => [name, `value of ${name}`]),
      ];
      const data = await folderWith({ person: 'bob', event: 'Hostile', properties });
      const [row] = (await answer(data, 'FROM events')) as [Record<string, unknown>];
      const { properties: map, ...columns } = row as { properties: Record<string, string> };
      for (const name of able)
        expect([name, Object.entries(columns)]).toEqual([name, expect.arrayContaining([[name, `value of ${name}`]])]);
      for (const name of unable) expect(map[name]).toBe(`value of ${name}`);
      expect(columns).toMatchObject({ hit: 1, event: 'Hostile', identity: 'bob' });
      const [found] = (await answer(
        data,
        `SELECT properties['hit'] AS v, "É", "A""B'c" AS q FROM events`,
      )) as unknown[];
      expect(found).toEqual({ v: 'value of hit', É: 'value of É', q: 'value of a"b\'c' });
    }
  });

  test.runIf(LONG)('have columns unless there are too many; all of them are in the map', async () => {
    const names = Array.from({ length: 700 }, (_, index) => `Name ${index}`);
    const told = names.map((name): Told => ({ person: 'bob', event: 'Many', properties: [[name, 'v']] }));
    const often: Told = { person: 'bob', event: 'Many', properties: [['Name 650', 'often']] };
    const data = await folderWith(...told, often);
    const [row] = (await answer(
      data,
      "FROM events WHERE properties['Name 650'] = 'often' OR \"Name 650\" = 'often'",
    )) as [object];
    expect(Object.keys(row)).toHaveLength(507);
    expect(row).toMatchObject({ 'Name 650': 'often' });
    const others = names.filter((name) => !(name in row)).map((name) => `'${name}'`);
    const inMap = `SELECT count(*) AS n FROM events WHERE map_keys(properties)[1] IN (${others.join(', ')})`;
    expect([others.length, await answer(data, inMap)]).toEqual([200, [{ n: 200 }]]);
  });
});

describe('SQL can read only the site', () => {
  test('no files, no network, no settings', async () => {
    const data = await folderWith(...BOB);
    const secret = join(data, 'secret.csv');
    writeFileSync(secret, 'a\n1\n');
    const refused = [
      `FROM read_csv('${secret}')`,
      `FROM '${secret}'`,
      `SELECT * FROM read_text('/etc/hostname')`,
      `FROM glob('${data}/*')`,
      `ATTACH '${data}/reports.duckdb' AS other`,
      `ATTACH '${data}/other.duckdb' AS other`,
      `COPY events TO '${data}/stolen.csv'`,
      `COPY events TO '${join(data, 'reports.snapshots', 'x.parquet')}'`,
      `EXPORT DATABASE '${data}/stolen'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      `FROM read_parquet('https://example.com/x.parquet')`,
      "SET memory_limit = '100GB'",
      'SET enable_external_access = true',
      `CALL enable_logging(storage = 'file', storage_path = '${data}/log')`,
      `SELECT 1) TO '${data}/stolen.csv' (FORMAT csv); --`,
    ];
    const { database } = await databaseOn(data);
    const rows = async (text: string) => {
      for await (const { result } of database.run(text)) await result.getRows();
    };
    for (const text of refused) await expect(rows(text), text).rejects.toThrow();
    await expect(database.parquet(`SELECT 1) TO '${data}/stolen.csv' (FORMAT csv); --`)).rejects.toThrow();
    expect(await sql(data, refused[0]!)).toMatchObject({ code: 1, out: '' });
    expect((await sql(data, refused[6]!)).err).toMatch(
      /Permission Error.*\n\nSQL can read the site's hits and nothing else. `--out FILE`/s,
    );
    // A refused statement changes nothing.
    await rows('FROM events');
    expect(readdirSync(data).filter((name) => /stolen|other|^log/.test(name))).toEqual([]);
  });

  test('which contains no hits of other sites', async () => {
    const data = await temporaryFolder();
    const store = openFolder(data);
    const other = arrived({ person: 'spy', event: 'Elsewhere', properties: [['Secret', 's']] });
    await store.append([arrived(BOB[0]!), { ...other, hit: { ...other.hit, key: 'other' } }]);
    await store.close();
    const [row] = (await answer(data, 'FROM events')) as [object];
    expect(Object.keys(row)).not.toContain('Secret');
    expect(await answer(data, 'SELECT count(*) AS n FROM identities')).toEqual([{ n: 1 }]);
  });
});

describe('an answer', () => {
  test('is a table of its first rows, which says how many rows there are', async () => {
    const data = await folderWith(...BOB);
    const { out } = await sql(
      data,
      `SELECT range AS n, 'text ' || range AS t, repeat('x', 100) AS long FROM range(5000)`,
    );
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^ *n {2}t {8}long$/);
    expect(lines[40]).toBe(`39  text 39  ${'x'.repeat(79)}…`);
    expect(lines.slice(41)).toEqual(['', 'The first 40 of 5000 rows; --csv, --json and --out write all of them.', '']);
    expect((await sql(data, 'SELECT 1 AS one')).out).toBe('one\n  1\n\n1 row.\n');
  });

  test('keeps all digits of a number', async () => {
    const data = await folderWith(...BOB);
    const text = `SELECT 12345678901234567890.12 AS d, 9007199254740993 AS b, [1, 1.50] AS l`;
    const digits = { d: '12345678901234567890.12', b: '9007199254740993' };
    expect(await answer(data, text)).toEqual([{ ...digits, l: [1, 1.5] }]);
    expect((await sql(data, text, '--csv')).out).toContain(`\r\n${digits.d},${digits.b},`);
  });

  test.runIf(LONG)('is complete as CSV, JSON and Parquet, on standard output and in a file', async () => {
    const data = await folderWith(...BOB);
    const large = 'SELECT range AS n, NULL AS nothing FROM range(5000)';
    expect((await sql(data, large, '--csv')).out.split('\r\n')).toHaveLength(5002);
    expect(JSON.parse((await sql(data, large, '--json')).out)).toHaveLength(5000);
    const kinds = `SELECT 1.5::DECIMAL(9, 2) AS d, 9007199254740993 AS b, [1, NULL] AS l, {'a': true} AS s, map {'k': 'v'} AS m, '' AS e, 1 AS a, 2 AS a`;
    const row = { d: 1.5, b: '9007199254740993', l: [1, null], s: { a: true }, m: { k: 'v' }, e: '', a: 1, 'a:1': 2 };
    expect(JSON.parse((await sql(data, kinds, '--json')).out)).toEqual([row]);
    expect((await sql(data, 'FROM events WHERE false', '--json')).out).toBe('[]\n');

    const file = (ending: string): string => join(data, `out.${ending}`);
    const text = 'SELECT identity, "PLAN" AS "Plan" FROM events ORDER BY hit; -- all';
    for (const ending of ['csv', 'json', 'PARQUET']) {
      const { code, out, err } = await sql(data, text, '--out', file(ending));
      expect([code, out, err]).toEqual([0, '', '']);
    }
    expect(readFileSync(file('csv'), 'utf8')).toBe('\uFEFFidentity,Plan\r\nbob,gold\r\nbob@example.com,9.50\r\n');
    const rows = [
      { identity: 'bob', Plan: 'gold' },
      { identity: 'bob@example.com', Plan: '9.50' },
    ];
    expect(JSON.parse(readFileSync(file('json'), 'utf8'))).toEqual(rows);
    expect(await rowsIn(file('PARQUET'))).toEqual(rows);
    expect(statSync(file('csv')).mode & 0o777).toBe(0o600);
  });

  test.runIf(LONG)('may come from standard input, from several statements, and from PIVOT', async () => {
    const data = await folderWith(...BOB);
    const input = 'CREATE MACRO twice(x) AS x * 2;\nSELECT twice(21) AS answer;';
    for (const more of [['-'], []]) {
      const { out } = await run(['sql', '--data', data, '--key', KEY, '--json', ...more], input);
      expect(JSON.parse(out)).toEqual([{ answer: 42 }]);
    }
    expect(await answer(data, 'PIVOT events ON event USING count(*) GROUP BY agent')).toEqual([
      { agent: 'browser', Paid: 1, 'Signed Up': 1 },
    ]);
  });

  test('is a sentence if something is wrong', async () => {
    const data = await folderWith(...BOB);
    const told = await sql(data, 'SELECT nothing FROM events');
    expect(told).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^kmq: Binder Error.*"nothing"/m) as string,
    });
    expect((await sql(data, 'FROM events', '--out', join(data, 'x.xlsx'))).err).toMatch(/\.csv, \.json or \.parquet/);
    expect((await sql(data, '')).err).toMatch(/There is no SQL/);
    expect((await run(['sql', '--data', data, '--key', 'slip', 'FROM events'])).err).toBe(
      'kmq: The store has no hits of a site “slip”. Its sites: site.\n',
    );
    expect((await sql(data, 'FROM events', '--store', 'clickhouse://127.0.0.1:1/kmq')).err).toMatch(
      /ClickHouse at http:\/\/127\.0\.0\.1:1 does not answer/,
    );
    expect(left(data)).toEqual([]);
  });
});
