import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeSnapshotFolder } from '../../src/collector/reports/snapshot-folders.js';
import { KEY, smallDisk } from '../support/collector.js';
import { run, start } from '../support/transfer.js';
import { answer, databaseOn, ENDLESS, folderWith, left, BOB } from './sql-stand.js';

describe('a snapshot', () => {
  test('is removed with its command when the command is told to end, and by the next command after a kill', async () => {
    const data = await folderWith(...BOB);
    const running = async (...more: string[]) => {
      const child = start(['sql', '--data', data, '--key', KEY, ENDLESS, ...more]);
      const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
      const whole = () =>
        left(data).map((name) => existsSync(join(data, 'reports.snapshots', name, 'identities.parquet')));
      await expect.poll(whole).toEqual([true]);
      return { child, ended };
    };
    // A process cannot end while DuckDB writes: the statement is interrupted first.
    for (const more of [[], ['--out', join(data, 'never.parquet')]]) {
      const told = await running(...more);
      told.child.kill('SIGINT');
      expect(await told.ended).toBe(130);
      expect(left(data)).toEqual([]);
    }

    const killed = await running();
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    const [name] = left(data);
    // Nothing is removed of a command that still runs.
    const other = makeSnapshotFolder(data);
    expect(left(data)).toEqual([other.name]);
    expect(other.name).not.toBe(name);
    expect(await answer(data, 'SELECT count(*) AS n FROM events')).toEqual([{ n: 2 }]);
    expect(left(data)).toEqual([other.name]);
    other.remove();
  });

  test('leaves space for hits, however large an answer for a file is', async ({ skip }) => {
    const data = (await smallDisk(320)) ?? skip('Nobody may make a file system here.');
    const { database } = await databaseOn(data);
    const large = 'SELECT hash(range) AS a, hash(range + 1) AS b FROM range(100000000)';
    await expect(database.parquet(large)).rejects.toThrow(/no space for the answer: 256 MiB have to stay free/);
    expect(await database.parquet('SELECT 1 AS one')).toContain(data);
  });

  test('of a killed command is also removed at the next start of reports', async () => {
    const data = await folderWith(...BOB);
    mkdirSync(join(data, 'reports.snapshots', 'snapshot-left'), { recursive: true });
    writeFileSync(join(data, 'reports.snapshots', 'snapshot-left', 'events.parquet'), 'bob');
    expect((await run(['report', 'names', '--data', data, '--key', KEY])).code).toBe(0);
    expect(left(data)).toEqual([]);
  });
});
