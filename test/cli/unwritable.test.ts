import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEY, temporaryFolder } from '../support/collector.js';
import { openFolder, run, storedHits } from '../support/transfer.js';

const T = 1_400_000_000;

/** A device of this test that cannot be written, like a full disk; undefined if none can be made. */
async function fullDevice(): Promise<string | undefined> {
  const device = join(await temporaryFolder(), 'full');
  try {
    execFileSync('mknod', ['-m', '666', device, 'c', '1', '7'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return device;
}

/** A command whose messages cannot be read: they go to a file, or to a closed pipe. */
async function silenced(parameters: string[], device?: string): Promise<number | null> {
  const messages = device === undefined ? 'pipe' : openSync(device, 'w');
  const child = spawn(process.execPath, ['server/bin/kmq.js', ...parameters], {
    stdio: ['ignore', 'ignore', messages],
    env: { PATH: process.env.PATH },
  });
  if (typeof messages === 'number') closeSync(messages);
  child.stderr?.destroy();
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Every second line is rejected, and reported on standard error. */
async function inputFile(): Promise<string> {
  const file = join(await temporaryFolder(), 'hits.json');
  const lines = Array.from({ length: 3000 }, (_, n) => `{"_p":"p${n}","_t":${T},"_n":"x"}\n{"_p":""}\n`);
  await writeFile(file, lines.join(''));
  return file;
}

describe('messages that cannot be written do not end a command', () => {
  test.for(['a full disk', 'a pipe that is closed'])('on %s', async (where, { skip }) => {
    const device = where === 'a full disk' ? await fullDevice() : undefined;
    if (where === 'a full disk' && device === undefined) return skip('no device can be made here');
    const [data, file] = [await temporaryFolder(), await inputFile()];
    expect(await silenced(['import', '--data', data, '--key', KEY, file], device)).toBe(2);
    const store = openFolder(data);
    expect(await storedHits(store)).toHaveLength(3000);
    await store.close();
    const output = join(await temporaryFolder(), 'backup.json');
    expect(await silenced(['export', '--data', data, '--output', output], device)).toBe(0);
    expect((await run(['import', '--dry-run', output])).err).toBe(
      'Lines read: 3001; hits found: 3000; lines rejected: 0.\n',
    );
  });

  test('nor do they end a collector whose log is on a full disk', async (context) => {
    const device = await fullDevice();
    if (device === undefined) return context.skip('no device can be made here');
    const log = openSync(device, 'w');
    const child = spawn(
      process.execPath,
      ['server/bin/kmq.js', 'serve', '--port', '0', '--data', await temporaryFolder(), '--log-level', 'trace'],
      { stdio: ['ignore', 'pipe', log], env: { PATH: process.env.PATH } },
    );
    closeSync(log);
    onTestFinished(() => void child.kill('SIGKILL'));
    let origin = '';
    for await (const line of createInterface(child.stdout!)) {
      origin = /^Overview +(http:.+)\/$/.exec(line)?.[1] ?? '';
      if (origin) break;
    }
    for (let n = 0; n < 20; n++) {
      expect((await fetch(`${origin}/e?_k=${KEY}&_p=bob&_n=x${n}`)).status).toBe(200);
      expect((await fetch(`${origin}/e?_k=${KEY}&_p=&_n=x${n}`)).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    return undefined;
  });
});
