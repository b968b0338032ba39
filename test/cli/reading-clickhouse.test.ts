import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clickHouseOfTest, findClickHouse, newDatabase } from '../support/clickhouse.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';
import { insertAsBefore, startOldVersion } from '../support/old-clickhouse.js';
import { run } from '../support/transfer.js';

// Commands that only read change nothing in ClickHouse.

const READING = [
  ['export'],
  ['report', 'names', '--key', 'site'],
  ['types', '--key', 'site'],
  ['doctor', '--port', '1'],
  ['import', '--dry-run', '--key', 'site'],
];

describe.skipIf(!findClickHouse())('on ClickHouse', () => {
  test('an export from a mistyped database names the database, makes none, and leaves the old backup', async () => {
    const server = await clickHouseOfTest();
    const [file, database] = [join(await temporaryFolder(), 'backup.json'), newDatabase()];
    await writeFile(file, 'old');
    const databases = await server.ask('SHOW DATABASES');
    const error = `kmq: The database “${database}” in the URL of ClickHouse does not exist, or has no tables of kmq: no collector has stored hits in it.\n`;
    const exported = ['export', '--store', server.url(database), '--output', file];
    expect(await run(exported)).toEqual({ code: 1, out: '', err: error });
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await server.ask('SHOW DATABASES')).toBe(databases);
    await server.ask(`CREATE DATABASE ${database}`);
    expect(await run(exported)).toEqual({ code: 1, out: '', err: error });
    expect(await server.ask(`SHOW TABLES FROM ${database}`)).toBe('');
  });

  test('commands that read make no database', async () => {
    const server = await clickHouseOfTest();
    const [data, databases] = [await temporaryFolder(), await server.ask('SHOW DATABASES')];
    for (const command of READING) {
      await run([...command, '--store', server.url(), '--data', data]);
      expect([command[0], await server.ask('SHOW DATABASES')]).toEqual([command[0], databases]);
    }
  });

  test('an export needs no right to write, and is complete', async () => {
    const server = await clickHouseOfTest();
    const [url, spool] = [server.url(), await temporaryFolder()];
    const collector = await startCollector({ store: url, data: spool });
    await collector.send('/e?_k=site&_p=bob&_n=Came&plan=pro&_t=1400000000&_d=1');
    await collector.send('/e?_k=other&_p=eve&_n=Came&_t=1400000000&_d=1');
    await collector.close();
    const reader = await proxyOf(url, ({ searchParams }) => searchParams.set('readonly', '2'));
    const exported = await run(['export', '--store', reader.url]);
    expect(exported).toMatchObject({ code: 0, err: 'Hits exported: 2; sites: 2.\n' });
    expect(exported.out).toContain('"properties":[["plan","pro"]]');
    expect(await run(['export', '--store', reader.url, '--key', 'other'])).toMatchObject({
      err: 'Hits exported: 1; sites: 1.\n',
    });
  });

  test('an export reads tables of the previous version, and leaves them as they are', async () => {
    const server = await clickHouseOfTest();
    const database = newDatabase();
    await startOldVersion([server], database);
    await insertAsBefore(server, database, [{ identity: 'bob', id: 'ichosen', stamp: 1_400_000_000_000_000 }]);
    const tables = `SELECT name, engine FROM system.tables WHERE database = '${database}' ORDER BY name`;
    const before = await server.ask(tables);
    const { code, out } = await run(['export', '--store', server.url(database)]);
    expect([code, JSON.parse(out.trim().split('\n').at(-1)!)]).toEqual([
      0,
      expect.objectContaining({ person: 'bob', name: 'x', agent: 'server' }),
    ]);
    expect(await server.ask(tables)).toBe(before);
  });
});
