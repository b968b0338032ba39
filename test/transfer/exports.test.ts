import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEY, smallDisk, temporaryFolder } from '../support/collector.js';
import { openFolder, run, start, type Finished } from '../support/transfer.js';
import { eachNth } from '../support/long.js';

const T = 1_400_000_000;

async function filled(count: number): Promise<string> {
  const folder = await temporaryFolder();
  const store = openFolder(folder);
  await store.append(
    Array.from({ length: count }, (_, n) => ({
      hit: {
        ...{ kind: 'event' as const, key: KEY, person: 'p', name: `n${n}`, time: T, sent: T, id: null, warnings: [] },
        properties: [['filler', 'x'.repeat(500)]] as [string, string][],
      },
      received: T,
      agent: 'browser' as const,
    })),
  );
  await store.close();
  return folder;
}

const linesIn = (text: string): number => text.split('\n').length - 1;

describe('the output of an export', () => {
  const write = async (to: string, data: string): Promise<Finished> => run(['export', '--data', data, '--output', to]);

  test('may be standard output', async () => {
    const { code, out } = await write('-', await filled(3));
    expect([code, linesIn(out)]).toEqual([0, 4]);
  });

  // The test makes its own devices: with a fault in the code, a test that root runs would replace /dev/null.
  test('may be a device, which stays a device', async (context) => {
    const folder = await temporaryFolder();
    const [nothing, full] = [join(folder, 'null'), join(folder, 'full')];
    try {
      execFileSync('mknod', ['-m', '666', nothing, 'c', '1', '3'], { stdio: 'ignore' });
      execFileSync('mknod', ['-m', '666', full, 'c', '1', '7'], { stdio: 'ignore' });
    } catch {
      return context.skip('no device can be made here');
    }
    const data = await filled(3);
    expect(await write(nothing, data)).toMatchObject({ code: 0, err: 'Hits exported: 3; sites: 1.\n' });
    expect(await write(full, data)).toMatchObject({ code: 1, err: expect.stringContaining('ENOSPC') as string });
    for (const device of [nothing, full]) expect((await lstat(device)).isCharacterDevice()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['full', 'null']);
    return undefined;
  });

  test('may be a pipe, whose reader gets everything', async () => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const data = await filled(2000);
    const reader = spawn('sh', ['-c', 'cat "$0" | wc -l', pipe]);
    onTestFinished(() => void reader.kill('SIGKILL'));
    let count = '';
    reader.stdout.on('data', (text: Buffer) => (count += text.toString()));
    const ended = once(reader, 'close');
    expect(await write(pipe, data)).toMatchObject({ code: 0 });
    await ended;
    expect(Number(count)).toBe(2001);
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  test('may be a link to /proc/self/fd/1, whether that is a file or a pipe', async () => {
    const folder = await temporaryFolder();
    const data = await filled(3);
    await symlink('/proc/self/fd/1', join(folder, 'stdout'));
    const kmq = `"${process.execPath}" server/bin/kmq.js export --data "${data}" --output "${folder}/stdout"`;
    execFileSync('sh', ['-c', `${kmq} | cat > piped; ${kmq} > file`.replace(/(piped|file)\b/g, `"${folder}/$1"`)], {
      stdio: 'ignore',
    });
    for (const name of ['piped', 'file']) expect(linesIn(await readFile(join(folder, name), 'utf8'))).toBe(4);
  });

  test('may be a symbolic link, whose target is replaced or made', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'there'));
    await writeFile(join(folder, 'there/old'), 'old');
    await symlink('there/old', join(folder, 'link'));
    await symlink(join(folder, 'link'), join(folder, 'link to a link'));
    await symlink('there/new', join(folder, 'dangling'));
    const data = await filled(3);
    for (const [link, target] of [
      ['link to a link', 'there/old'],
      ['dangling', 'there/new'],
    ] as const) {
      expect(await write(join(folder, link), data)).toMatchObject({ code: 0 });
      expect(linesIn(await readFile(join(folder, target), 'utf8'))).toBe(4);
      expect((await stat(join(folder, target))).mode & 0o777).toBe(0o600);
    }
    expect(await readlink(join(folder, 'link'))).toBe('there/old');
    expect(await readlink(join(folder, 'dangling'))).toBe('there/new');
    expect((await readdir(join(folder, 'there'))).sort()).toEqual(['new', 'old']);
    await symlink('loop', join(folder, 'loop'));
    expect((await write(join(folder, 'loop'), data)).code).toBe(1);
  });

  test('must not be a folder, also as the target of a link', async () => {
    const folder = await temporaryFolder();
    await symlink(folder, join(folder, 'link'));
    for (const to of [folder, join(folder, 'link')]) {
      expect(await write(to, await filled(1))).toMatchObject({
        code: 1,
        err: expect.stringContaining('is a folder') as string,
      });
    }
    expect(await readdir(folder)).toEqual(['link']);
  });

  test('keeps its earlier contents if the disk is full, and no other file is left', async (context) => {
    const disk = await smallDisk(1);
    if (!disk) return context.skip('no file system can be mounted here');
    await writeFile(join(disk, 'backup'), 'old');
    const { code, err } = await write(join(disk, 'backup'), await filled(4000));
    expect([code, err]).toEqual([1, expect.stringContaining('The disk has no space for')]);
    expect([await readdir(disk), await readFile(join(disk, 'backup'), 'utf8')]).toEqual([['backup'], 'old']);
    return undefined;
  });
});

describe('an interrupted export', () => {
  /** Sends a signal to an export that has begun to write and cannot have finished. */
  async function ended(signal: NodeJS.Signals): Promise<{ folder: string; status: unknown; data: string }> {
    const data = await filled(60_000);
    const folder = await temporaryFolder();
    const child = start(['export', '--data', data, '--output', join(folder, 'backup')]);
    const exit = once(child, 'close');
    await begun(child, folder);
    child.kill(signal);
    const [code, killed] = (await exit) as [number | null, string | null];
    return { folder, data, status: code ?? killed };
  }

  async function begun(child: ChildProcess, folder: string): Promise<void> {
    while (child.exitCode === null && (await readdir(folder)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  test.each(
    eachNth(
      [
        ['SIGINT', 130],
        ['SIGTERM', 143],
        ['SIGHUP', 129],
      ] as const,
      3,
    ),
  )('by %s leaves no file, and the exit code is that of the signal', async (signal, status) => {
    const result = await ended(signal);
    expect([result.status, await readdir(result.folder)]).toEqual([status, []]);
  });

  test('by SIGKILL leaves a partial file; the next export removes this file and no other', async () => {
    const { folder, data } = await ended('SIGKILL');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^backup\.\d+\.part$/)]);
    const others = [`backup.${process.pid}.part`, 'backup.x.part', 'backups.1.part', 'other.999999.part'];
    for (const name of others) await writeFile(join(folder, name), '');
    expect((await run(['export', '--data', data, '--output', join(folder, 'backup')])).code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['backup', ...others].sort());
  });
});
