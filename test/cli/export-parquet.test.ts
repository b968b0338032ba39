import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KEY } from '../support/collector.js';
import { run } from '../support/transfer.js';
import { folderWith, left, rowsIn, BOB } from './sql-stand.js';

describe('kmq export --format parquet', () => {
  test('writes the events of a site', async () => {
    const data = await folderWith(...BOB, { person: 'ann', properties: [['hit', 'mine']] });
    const file = join(data, 'events of.parquet');
    const { code, err } = await run(['export', '--data', data, '--key', KEY, '--format', 'parquet', '--output', file]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^Hits exported: 3; as of 20.*Z\.\n$/)]);
    expect(await rowsIn(file, 'hit, identity, event, "time"::VARCHAR AS t, "plan" AS "Plan", properties')).toEqual([
      { hit: '1', identity: 'bob', event: 'Signed Up', t: '2026-01-01 12:00:00', Plan: 'gold', properties: null },
      {
        hit: '2',
        identity: 'bob@example.com',
        event: 'Paid',
        t: '2026-01-01 12:01:00',
        Plan: '9.50',
        properties: null,
      },
      {
        hit: '4',
        identity: 'ann',
        event: null,
        t: '2026-01-01 12:00:00',
        Plan: null,
        properties: [{ key: 'hit', value: 'mine' }],
      },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(left(data)).toEqual([]);
  });

  test('writes to standard output, and says what it cannot do', async () => {
    const data = await folderWith(...BOB);
    const child = spawn(process.execPath, ['server/bin/kmq.js', 'export', '--data', data, '--format', 'parquet']);
    const [first] = (await child.stdout.take(1).toArray()) as [Buffer];
    expect(first.subarray(0, 4).toString()).toBe('PAR1');
    const clickHouse = ['export', '--data', data, '--format', 'parquet', '--store', 'clickhouse://127.0.0.1:1/kmq'];
    expect((await run(clickHouse)).err).toBe(
      'kmq: --format parquet needs the embedded store. With --store, kmq sql --out writes an answer as CSV or JSON.\n',
    );
    const slip = await run(['export', '--data', data, '--format', 'parquet', '--key', 'slip']);
    expect(slip.err).toBe('kmq: The store has no hits of a site “slip”. Its sites: site.\n');
  });
});
