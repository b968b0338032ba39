import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { prompt } from '../../src/cli/sql-prompt.js';
import { BOB, databaseOn, ENDLESS, folderWith } from './sql-stand.js';

describe('the prompt', () => {
  async function promptOn(data: string) {
    const { database } = await databaseOn(data);
    const streams = { input: new PassThrough(), output: new PassThrough(), error: new PassThrough() };
    let out = '';
    let err = '';
    streams.output.on('data', (piece: Buffer) => (out += piece.toString()));
    streams.error.on('data', (piece: Buffer) => (err += piece.toString()));
    const ended = prompt(database, 'table', streams);
    const type = (text: string): void => void streams.input.write(text);
    return { type, ended, out: () => out, err: () => err };
  }

  test('accepts statements over several lines, shows errors, and continues', async () => {
    const { type, ended, out, err } = await promptOn(await folderWith(...BOB));
    type('.help\n.tables\nSELECT identity,\n  "Plan" AS plan_of\nFROM events WHERE event = \'Paid\';\n');
    await expect.poll(out).toMatch(/identity {9}plan_of\nbob@example.com {2}9\.50\n\n1 row\./);
    expect(out()).toMatch(/events +person +INTEGER/);
    type('SELECT wrong;\n.nothing\nSELECT 6 * 7 AS answer;\n');
    await expect.poll(out).toMatch(/answer\n {4}42\n/);
    expect(err()).toMatch(/^Binder Error.*\n[^]*There is no \.nothing: \.help says what there is\.\n$/);
    type('.exit\n');
    await ended;
  });

  test('interrupts a statement with Ctrl-C, and discards the typed text', async () => {
    const { type, ended, out, err } = await promptOn(await folderWith(...BOB));
    type(`${ENDLESS};\n`);
    await expect.poll(out).toContain('b.range;');
    await expect
      .poll(() => {
        type('\x03');
        return err();
      })
      .toMatch(/INTERRUPT/);
    type('SELECT half\x03SELECT 6 * 7 AS answer;\n');
    await expect.poll(out).toMatch(/answer\n {4}42\n/);
    type('\x04');
    await ended;
    expect(err()).not.toMatch(/half/);
  });
});
