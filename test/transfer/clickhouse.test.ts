import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findClickHouse, startClickHouse } from '../support/clickhouse.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { LONG } from '../support/long.js';
import { run, start } from '../support/transfer.js';

const T = 1_400_000_000;

/** Lines of a dump, some of them with octal escapes, aliases, ids and mistakes. */
function dump(count: number): string {
  const lines = Array.from({ length: count }, (_, n) => {
    if (n % 50 === 0) return `{"_p":"p${n}","_p2":"M\\303\\251dec${n % 700}"}`;
    if (n % 51 === 0) return `{"_p":"","_t":${T},"_n":"x"}`;
    return JSON.stringify({
      _p: `p${n}`,
      _t: T + (n % 9),
      _n: `e${n % 7}`,
      'a "b"': `é\t${n}`,
      ...(n % 3 ? {} : { _i: `i${n}` }),
    });
  });
  return lines.join('\n') + '\n';
}

test.runIf(LONG && findClickHouse())(
  'an import into ClickHouse that is killed continues, and its export has the same hits',
  async () => {
    const server = await startClickHouse();
    onTestFinished(() => server.stop());
    const [folder, spool, embedded, back] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ];
    const file = join(folder, 'dump.json');
    await writeFile(file, dump(20_000));
    const store = ['--data', spool, '--store', server.url('moved')];
    for (const wait of [600, 750, 900]) {
      const child = start(['import', '--key', KEY, ...store, file]);
      setTimeout(() => child.kill('SIGKILL'), wait);
      await once(child, 'close');
    }
    // 0 if a killed import had already finished.
    expect([0, 2]).toContain((await run(['import', '--key', KEY, ...store, file])).code);
    expect((await run(['import', '--key', KEY, '--data', embedded, file])).code).toBe(2);
    // Without the fields that depend on the time of the import.
    const hitsOf = async (parameters: string[]): Promise<string[]> =>
      (await run(['export', ...parameters])).out
        .replace(/"received":\d+/g, '"received":0')
        .replace(/"time":17\d+,/g, '"time":0,')
        .split('\n')
        .sort();
    const inClickHouse = await hitsOf(store);
    const inFolder = await hitsOf(['--data', embedded]);
    expect(inClickHouse.length).toBe(inFolder.length);
    expect(inClickHouse).toEqual(inFolder);
    const moved = join(folder, 'moved.json');
    expect((await run(['export', ...store, '--output', moved])).code).toBe(0);
    expect(await run(['import', '--data', back, moved])).toMatchObject({ code: 0 });
    expect(await hitsOf(['--data', back])).toEqual(inFolder);
  },
);
