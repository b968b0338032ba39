import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { temporaryFolder } from '../support/collector.js';

const NOWHERE = 'clickhouse://127.0.0.1:1/kmq';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What a command says on standard error about where hits are. There is no ClickHouse, so those that read fail after that. */
async function saidBy([name, ...words]: [string, ...string[]], ...flags: string[]): Promise<string[]> {
  const said = vi.spyOn(console, 'error').mockReturnValue(undefined).mockClear();
  const program = await createProgram([name]);
  await program.parseAsync([name, ...words, ...flags], { from: 'user' }).catch((error: unknown) => {
    expect((error as Error).message).toMatch('does not answer');
  });
  return said.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('--data'));
}

describe('if a folder was named and only the environment names ClickHouse', () => {
  test.each([[['export']], [['report', 'names', '--key', 'site']], [['sql', 'SELECT 1', '--key', 'site']]] as [
    [string, ...string[]],
  ][])('kmq %s says that it reads from ClickHouse', async (command) => {
    vi.stubEnv('KMQ_STORE', NOWHERE);
    expect(await saidBy(command, '--data', 'old')).toEqual([
      'The hits are read from ClickHouse, which KMQ_STORE or the file of settings names, and not from the folder of --data.',
    ]);
    expect(await saidBy(command)).toEqual([]);
    expect(await saidBy(command, '--data', 'old', '--store', NOWHERE)).toEqual([]);
  });

  test('an import says that it stores in ClickHouse', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'empty.json');
    await writeFile(file, '');
    vi.stubEnv('KMQ_STORE', NOWHERE);
    const [command, data] = [
      ['import', file],
      ['--data', join(folder, 'spool')],
    ] as [[string, string], string[]];
    expect(await saidBy(command, ...data)).toEqual([
      'This command stores hits in ClickHouse, which KMQ_STORE or the file of settings names. The folder of --data keeps only those that are not in ClickHouse yet.',
    ]);
    expect(await saidBy(command, ...data, '--dry-run')).toEqual([]);
    expect(await saidBy(command, ...data, '--store', NOWHERE)).toEqual([]);
  });
});
