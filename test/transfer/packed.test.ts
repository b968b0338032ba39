import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { KEY, temporaryFolder } from '../support/collector.js';
import { openFolder, run, storedHits, type Finished } from '../support/transfer.js';

const T = 1_400_000_000;
const line = (person: string): string => `{"_p":"${person}","_t":${T},"_n":"x"}\n`;
/** Not very compressible, so that half of the file contains half of the lines. */
const LINES = Array.from({ length: 20_000 }, (_, n) => line(`p${(n * 2_654_435_761) % 2 ** 32}`));

describe('a compressed file', () => {
  // Some exports to buckets compress each part separately (https://github.com/PostHog/posthog/pull/90036).
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('that consists of several parts, each compressed with %s, is read to its end', async (name, pack) => {
    const file = join(await temporaryFolder(), 'hits.json');
    const parts = ['a', 'b', 'c'].map((person) => pack(line(person)));
    // The first frame of pzstd: a frame that has to be skipped (RFC 8878, section 3.1.2).
    if (name === 'zstd') parts.unshift(Buffer.from('502a4d180400000061626364', 'hex'));
    await writeFile(file, Buffer.concat(parts));
    const { code, err } = await run(['import', '--dry-run', '--key', KEY, file]);
    expect([code, err]).toEqual([0, 'Lines read: 3; hits found: 3; lines rejected: 0.\n']);
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('of %s that was cut off is reported, and the import continues with the complete file', async (name, pack) => {
    const [folder, data] = [await temporaryFolder(), await temporaryFolder()];
    const file = join(folder, 'hits.json');
    const packed = pack(LINES.join(''));
    const half = packed.subarray(0, packed.length / 2);
    const read = async (...more: string[]): Promise<Finished> =>
      run(['import', '--data', data, '--key', KEY, ...more], half);
    const sentence = new RegExp(
      `kmq: .+: This is packed with ${name}, and (was cut off|is damaged) \\(.+\\): copy .+\\.\n$`,
    );

    await writeFile(file, half);
    const cut = await read(file);
    expect([cut.code, cut.err]).toEqual([1, expect.stringMatching(sentence)]);
    // The same on standard input.
    const stream = await read();
    expect([stream.code, stream.err]).toEqual([1, expect.stringMatching(sentence)]);
    await writeFile(file, packed);
    expect((await read(file)).code).toBe(0);

    const store = openFolder(data);
    expect((await storedHits(store)).map(({ person }) => person)).toEqual(
      LINES.map((text) => (JSON.parse(text) as { _p: string })._p),
    );
  });
});

describe('files of other programs', () => {
  test('without any hits do not end the import of a folder', async () => {
    const dump = join(await temporaryFolder(), 'dump');
    await mkdir(dump);
    const files = { '1.json': '[]', '2.json': ' [\n]\n', '3.json': '', '4.json': '\n', '5.json': line('bob') };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dump, name), text);
    await writeFile(join(dump, '4.json.gz'), gzipSync(''));
    const { code, err } = await run(['import', '--dry-run', '--key', KEY, dump]);
    expect([code, err]).toEqual([0, 'Lines read: 1; hits found: 1; lines rejected: 0.\n']);
  });

  // Delivery streams write such files (https://github.com/aws/aws-sdk-js/issues/3264).
  test('without line breaks between the objects are read', async () => {
    const file = join(await temporaryFolder(), 'hits.json');
    const objects = ['a', 'b } { "c', '{}{"d"'].map((person) => JSON.stringify({ _p: person, _t: T, _n: 'x' }));
    for (const between of ['', ' ', '\t']) {
      await writeFile(file, objects.join(between));
      const { code, err } = await run(['import', '--dry-run', '--key', KEY, file]);
      expect([code, err]).toEqual([0, 'Lines read: 3; hits found: 3; lines rejected: 0.\n']);
    }
    // The first bytes, by which kmq decides, have no line break, and a later line only looks like two objects.
    await writeFile(file, LINES.join('').replaceAll('\n', ''));
    await appendFile(file, objects.join('\n') + '\n' + objects[1] + '\n');
    const { code, err } = await run(['import', '--dry-run', '--key', KEY, file]);
    expect([code, err]).toEqual([0, 'Lines read: 20004; hits found: 20004; lines rejected: 0.\n']);
  });
});
