import { link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KEY, temporaryFolder } from '../support/collector.js';
import { openFolder, run, start } from '../support/transfer.js';

const GOOD = '{"_p":"bob","_t":1400000000,"_n":"x"}\n';
const BAD = '{"_p":""}\n';

describe('the list of rejected lines', () => {
  test('is not read by the next import of the same folder', async () => {
    const [dump, data] = [join(await temporaryFolder(), 'dump'), await temporaryFolder()];
    await mkdir(dump);
    await writeFile(join(dump, '1.json'), GOOD + BAD);
    const rejects = join(dump, 'rejects.json');
    const read = async (): Promise<[unknown, string | undefined]> => {
      const { code, err } = await run(['import', '--data', data, '--key', KEY, '--rejects', rejects, dump]);
      return [code, err.split('\n').at(-2)];
    };
    expect(await read()).toEqual([2, 'Lines read: 2; hits imported: 1; lines rejected: 1.']);
    const list = await readFile(rejects, 'utf8');
    expect(list.split('\n')).toHaveLength(2);
    const again = 'Lines read: 0 after 2 that earlier imports had read; hits imported: 0; lines rejected: 0.';
    expect(await read()).toEqual([0, again]);
    expect(await readFile(rejects, 'utf8')).toBe(list);
    expect((await stat(rejects)).mode & 0o777).toBe(0o600);
  });

  test('is not named among the files that are not read, whatever its name', async () => {
    const folder = await temporaryFolder();
    for (const name of ['1.json', 'notes']) await writeFile(join(folder, name), GOOD);
    const { err } = await run(['import', '--dry-run', '--key', KEY, '--rejects', join(folder, 'rejected'), folder]);
    expect(err.split('\n').filter((line) => line.includes('not read'))).toEqual([
      `${join(folder, 'notes')}: not read, since files with hits have other names.`,
    ]);
  });

  test('cannot be an input, also under another name', async () => {
    const folder = await temporaryFolder();
    const [file, other] = [join(folder, 'hits.json'), join(folder, 'other')];
    await writeFile(file, BAD);
    await link(file, other);
    for (const rejects of [file, other]) {
      const { code, err } = await run(['import', '--dry-run', '--key', KEY, '--rejects', rejects, file]);
      expect([code, err]).toEqual([1, `kmq: ${file} cannot be both an input and the file for rejected lines.\n`]);
    }
    expect(await readFile(file, 'utf8')).toBe(BAD);
  });

  test('cannot be written: nothing is stored', async () => {
    const [folder, data] = [await temporaryFolder(), join(await temporaryFolder(), 'data')];
    await writeFile(join(folder, '1.json'), GOOD);
    for (const rejects of [join(folder, 'none', 'x'), folder]) {
      const { code, err } = await run(['import', '--data', data, '--key', KEY, '--rejects', rejects, folder]);
      expect([code, err]).toEqual([1, expect.stringMatching(/^kmq: The rejected lines cannot be written to .+\n$/)]);
      await expect(stat(data)).rejects.toThrow('ENOENT');
    }
  });
});

test('a mistake in the parameters is explained in a sentence', async () => {
  const folder = await temporaryFolder();
  await openFolder(folder).close();
  for (const [parameters, sentence] of [
    [
      ['imprt', 'x.json'],
      'There is no command “imprt”. The commands are serve, export, import, report, sql, types, doctor, demo-data.',
    ],
    [['serve', 'now'], '“now” is not an argument of kmq serve.'],
    [['export', '--data', folder, '--output', ''], '--output is empty: it needs the name of a file.'],
    [
      ['export', '--data', folder, '--output', join(folder, 'none', 'x')],
      `${join(folder, 'none', 'x')} cannot be created: there is no folder ${join(folder, 'none')} (ENOENT).`,
    ],
  ] as const) {
    expect(await run([...parameters])).toEqual({ code: 1, out: '', err: `kmq: ${sentence}\n` });
  }
});

test.each([
  ['an import', ['import', '--key', KEY], 'The import waits'],
  ['what makes the demo data', ['demo-data'], 'The hits wait'],
])('%s says that it waits for ClickHouse', async (_, command, waits) => {
  const data = await temporaryFolder();
  const child = start([...command, '--store', 'clickhouse://127.0.0.1:1/kmq', '--data', data]);
  child.stdin!.end(GOOD);
  const sentence = `${waits}: ClickHouse at http://127.0.0.1:1 does not answer (ECONNREFUSED).`;
  // Others may follow, sooner or later.
  let told = '';
  for await (const chunk of child.stderr!.setEncoding('utf8') as AsyncIterable<string>) {
    told += chunk;
    if (told.split('\n').slice(0, -1).includes(sentence)) break;
  }
  expect(told.split('\n').filter((line) => line.includes('ClickHouse'))).toEqual([sentence]);
});

test('a missing input is explained in a sentence', async () => {
  const { code, err } = await run(['import', '--dry-run', '--key', KEY, '*.json']);
  expect([code, err]).toEqual([1, 'kmq: There is no file or folder “*.json” (ENOENT).\n']);
  expect(await run(['import', '--dry-run', '--key', '', '*.json'])).toMatchObject({ code: 1 });
});
