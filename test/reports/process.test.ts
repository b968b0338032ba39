import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockFile } from '../../src/collector/store/sqlite/file-lock.js';
import { temporaryFolder } from '../support/collector.js';
import { many, open, people, poll } from './engine-stand.js';
import { LONG } from '../support/long.js';

describe('if no process of reports can be started, one is started later, and the collector can stop', () => {
  const { execPath } = process;
  test.each([
    // As without file descriptors: the error of the process comes later, and its end is not reported.
    ['the error comes later', () => void (process.execPath = '/nowhere/node'), /spawn .* ENOENT/],
    // As without memory.
    ['the error comes at once', () => void (process.env.TOO_LONG = 'x'.repeat(4_000_000)), /spawn E2BIG/],
  ])('%s', async (_when, prevent, why) => {
    const allow = (): void => {
      process.execPath = execPath;
      delete process.env.TOO_LONG;
    };
    onTestFinished(allow);
    const store = await open();
    await store.store.append(many(3));
    prevent();
    expect(await people(store)).toMatch(/ask again/);
    expect(store.notices.join()).toMatch(why);
    const closing = await open();
    await people(closing);
    await closing.reports.close();
    allow();
    await poll(store).toBe(3);
  });
});

describe('anything else in place of the file', () => {
  test('is deleted, also a folder', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'reports.duckdb', 'more'), { recursive: true });
    const store = await open(folder);
    await store.store.append(many(3));
    await poll(store).toBe(3);
  });

  test('and cannot be deleted is reported, and hits are stored', async ({ skip }) => {
    const folder = await temporaryFolder();
    const file = join(folder, 'reports.duckdb');
    mkdirSync(file);
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', file], { stdio: 'ignore' });
    } catch {
      skip('no file system can be mounted here');
    }
    onTestFinished(() => void execFileSync('umount', ['--lazy', file]));
    const store = await open(folder);
    await expect.poll(() => store.notices.join()).toMatch(/The file of reports cannot be deleted: .*busy/i);
    await store.store.append(many(3));
    expect(await people(store)).toMatch(/ask again|not open/);
  });
});

test('in a folder with a name that DuckDB cannot read, there are no reports, and everything else works', async () => {
  const folder = join(await temporaryFolder(), 'what?');
  mkdirSync(folder);
  // It was moved there with its reports.
  writeFileSync(join(folder, 'reports.duckdb'), 'about people');
  // DuckDB follows links.
  const link = join(await temporaryFolder(), 'link');
  symlinkSync(folder, link);
  const store = await open(link);
  await store.store.append(many(3));
  const reason = `There are no reports, because the path of the data folder, ${realpathSync(folder)}, contains a “?”`;
  expect(await people(store)).toContain(reason);
  expect(store.notices).toEqual([expect.stringContaining(reason)]);
  expect(await store.reports.forget('site', ['p0'])).toBe(true);
  expect(existsSync(join(folder, 'reports.duckdb'))).toBe(false);
});

test('without a question it is known that reports are being opened, or built', async () => {
  const store = await open();
  await store.store.append(many(3));
  await store.reports.close();
  const other = lockFile(join(store.folder, 'reports.lock'), 0);
  await store.restart();
  expect(store.reports.whyIncomplete()).toBe(undefined);
  store.reports.start();
  expect(store.reports.whyIncomplete()).toMatchObject({
    message: 'Reports are being opened. They wait while another process, such as kmq sql, uses their file.',
  });
  other.close();
  await poll(store).toBe(3);
  expect(store.reports.whyIncomplete()).toBe(undefined);
});

test.runIf(LONG)('a question does not wait for ever if another process has the file open', async () => {
  const folder = await temporaryFolder();
  const other = lockFile(join(folder, 'reports.lock'), 0);
  const store = await open(folder);
  await store.store.append(many(3));
  expect(await people(store)).toBe(
    'Reports are being opened. They wait while another process, such as kmq sql, uses their file.',
  );
  other.close();
  await poll(store).toBe(3);
});

test.runIf(LONG)(
  'a process with too much memory ends at once although DuckDB runs a statement, and its file is not deleted',
  async () => {
    const store = await open();
    await store.store.append(many(5));
    await poll(store).toBe(5);
    await store.restart({ limits: { memory: 64, threads: 1 } });
    // `process.exit` would wait for the running statement, and the exit code would be 3.
    const ends = (): number => store.notices.filter((notice) => notice.includes('ended (SIGKILL)')).length;
    await expect.poll(ends).toBeGreaterThan(2);
    expect(store.notices.join()).not.toMatch(/is deleted/);
  },
);
