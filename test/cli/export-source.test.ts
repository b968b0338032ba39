import { afterEach, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What `kmq export` says on standard error. There is no ClickHouse, so the export fails after that. */
async function saidBy(...flags: string[]): Promise<string[]> {
  const said = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const program = await createProgram(['export']);
  await expect(program.parseAsync(['export', ...flags], { from: 'user' })).rejects.toThrow('does not answer');
  return said.mock.calls.map(([line]) => String(line));
}

test('an export from ClickHouse says so if a folder was named and only the environment names ClickHouse', async () => {
  const nowhere = 'clickhouse://127.0.0.1:1/kmq';
  vi.stubEnv('KMQ_STORE', nowhere);
  expect(await saidBy('--data', 'old')).toEqual([
    'The hits are read from ClickHouse, which KMQ_STORE or the file of settings names, and not from the folder of --data.',
  ]);
  vi.restoreAllMocks();
  expect(await saidBy()).toEqual([]);
  expect(await saidBy('--data', 'old', '--store', nowhere)).toEqual([]);
});
