import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { untilBuilt } from '../../src/cli/open-reports.js';
import { areShared, AskedReports } from '../../src/collector/reports/asked-reports.js';
import { NoReport } from '../../src/collector/reports/no-report.js';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { shareReports } from '../../src/collector/reports/shared-reports.js';
import { temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';

const forever = new AbortController().signal;

/** Shares the answers of a function. @returns a function that stops it */
async function share(folder: string, ask: ReportEngine['ask'], errors: unknown[] = []): Promise<() => Promise<void>> {
  const end = await shareReports(folder, { ask, snapshot: () => Promise.reject(new Error('none')) }, (error) =>
    errors.push(error),
  );
  let ended: Promise<void> | undefined;
  onTestFinished(() => (ended ??= end()));
  return () => (ended ??= end());
}

describe('the reports of a folder', () => {
  test('can be asked by another process: question and answer are passed on unchanged', async () => {
    const folder = await temporaryFolder();
    const asked: unknown[] = [];
    await share(folder, async (...parameters) => {
      asked.push(parameters.slice(0, 3));
      return Buffer.from('{"asOf":1,"é":"\u2028"}');
    });
    const answer = await new AskedReports(folder).ask('names', 'a key', { filter: { not: [] } }, forever);
    expect(Buffer.from(answer).toString()).toBe('{"asOf":1,"é":"\u2028"}');
    expect(asked).toEqual([['names', 'a key', { filter: { not: [] } }]]);
  });

  test('are shared only with this user, while a process has them open', async () => {
    const folder = await temporaryFolder();
    expect(await areShared(folder)).toBe(false);
    const end = await share(folder, () => Promise.reject(new Error()));
    expect(await areShared(folder)).toBe(true);
    expect(statSync(join(folder, 'reports.sock')).mode & 0o777).toBe(0o600);
    await end();
    expect(await areShared(folder)).toBe(false);
  });

  test('are shared again after a process was killed, whose socket is left', async () => {
    const folder = await temporaryFolder();
    // A file in the place of the socket does not answer, like the socket of a killed process.
    writeFileSync(join(folder, 'reports.sock'), '');
    expect(await areShared(folder)).toBe(false);
    await share(folder, async () => Buffer.from('{}'));
    expect(await areShared(folder)).toBe(true);
  });

  test('in a folder whose path is too long for the address of a socket', async () => {
    const folder = join(await temporaryFolder(), ...Array.from({ length: 10 }, () => 'a long name of a folder'));
    mkdirSync(folder, { recursive: true });
    await share(folder, async () => Buffer.from('{}'));
    expect(await areShared(folder)).toBe(true);
    expect(Buffer.from(await new AskedReports(folder).ask('names', 'site', {}, forever)).toString()).toBe('{}');
  });

  test('say why there is no report, like in one process', async () => {
    const folder = await temporaryFolder();
    const errors: unknown[] = [];
    const building = new NoReport(503, { error: 'Being built.', code: 'building', member: '', progress: 0.5 });
    const problems: Error[] = [building, new Error('something else')];
    await share(folder, () => Promise.reject(problems.shift()!), errors);
    const asked = new AskedReports(folder);
    const failure = await asked.ask('names', 'site', {}, forever).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoReport);
    expect(failure).toMatchObject({ message: 'Being built.', statusCode: 503, code: 'building', progress: 0.5 });
    await expect(asked.ask('names', 'site', {}, forever)).rejects.toThrow('something else');
    expect(errors).toEqual([new Error('something else')]);
  });

  test('that fail do not seem to be closed for other commands', async () => {
    const store = new ReportStore(await temporaryFolder());
    onTestFinished(() => store.close());
    store.reports.share();
    await expect.poll(() => areShared(store.folder)).toBe(true);
    const request = { key: 'site', folder: '../elsewhere', tables: [] };
    const answer = untilBuilt(() => new AskedReports(store.folder).snapshot(request, forever));
    await expect(answer).rejects.toThrow('This is not the name of a snapshot.');
    expect(store.notices.join()).toContain('A command has asked reports and got an error: This is not the name');
    expect(store.notices.join()).not.toContain('cannot ask');
  });

  test('are told when the client disconnects', async () => {
    const folder = await temporaryFolder();
    let signal: AbortSignal | undefined;
    await share(folder, (_kind, _key, _question, given) => {
      signal = given;
      return new Promise((_, reject) => given.addEventListener('abort', () => reject(given.reason as Error)));
    });
    const leaving = new AbortController();
    const answer = new AskedReports(folder).ask('names', 'site', {}, leaving.signal);
    await expect.poll(() => signal).toBeDefined();
    expect(signal!.aborted).toBe(false);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => signal!.aborted).toBe(true);
  });

  test('that end during a question say so', async () => {
    const folder = await temporaryFolder();
    let isAsked = false;
    const end = await share(folder, () => {
      isAsked = true;
      return new Promise(() => undefined);
    });
    const answer = new AskedReports(folder).ask('names', 'site', {}, forever).catch((error: unknown) => error);
    await expect.poll(() => isAsked).toBe(true);
    await end();
    expect(await answer).toMatchObject({ code: 'unavailable', message: 'The collector has stopped: ask again.' });
  });

  test('answer an invalid question with an error, and continue', async () => {
    const folder = await temporaryFolder();
    await share(folder, async () => Buffer.from('{}'));
    const socket = connect(join(folder, 'reports.sock'));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket
      .on('error', () => undefined)
      .resume()
      .end('not HTTP\r\n\r\n');
    await closed;
    expect(await areShared(folder)).toBe(true);
  });
});
