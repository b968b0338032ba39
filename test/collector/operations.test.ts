import { execFileSync } from 'node:child_process';
import { mkdir, rmdir } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { GroupCommit } from '../../src/collector/tracking/group-commit.js';
import { CommitMonitor } from '../../src/collector/watch/commit-monitor.js';
import { newCounts } from '../../src/collector/watch/counts.js';
import { registerHealth } from '../../src/collector/watch/health.js';
import { describeReports, type ReportReadings } from '../../src/collector/watch/metrics.js';
import { linesOf, serve } from '../support/command.js';
import { clientOf, smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { scrape } from '../support/metrics.js';

async function health(origin: string): Promise<[status: number, body: unknown]> {
  const response = await fetch(`${origin}/healthz`);
  return [response.status, await response.json()];
}

describe('/metrics', () => {
  test('says what arrived, what the result was and how it was committed', async () => {
    const { origin, port, ...collector } = await startCollector({ keys: ['site'] });
    const before = await scrape(origin);
    await collector.send('/e?_k=site&_p=ada%40example.com&_n=one');
    await collector.send('/s?_k=site&_p=bob&colour=red');
    await collector.send('/a?_k=site&_p=bob&_n=robert');
    await collector.send('/e?_k=other&_p=bob&_n=one');
    await collector.send('/b', { method: 'POST', body: '/e?_k=site&_p=bob&_n=b1\n/e?_k=site&_p=bob&_n=b2\nnonsense' });
    await collector.send('/e?_k=site', { method: 'DELETE' });
    await collector.send('/nowhere');
    const socket = connect(port, '127.0.0.1');
    socket.write('NONSENSE\r\n\r\n');
    socket.resume();
    await once(socket, 'close');

    const after = await scrape(origin);
    const grown = (name: string) => after.get(name)! - before.get(name)!;
    expect({
      events: grown('kmq_hits_accepted_total{kind="event"}'),
      properties: grown('kmq_hits_accepted_total{kind="properties"}'),
      aliases: grown('kmq_hits_accepted_total{kind="alias"}'),
      unknownKey: grown('kmq_hits_refused_total{code="unknown-key"}'),
      batchLine: grown('kmq_hits_refused_total{code="batch-line"}'),
      noName: grown('kmq_hits_refused_total{code="no-name"}'),
      entries: grown('kmq_commit_entries_sum'),
      // Five requests with hits, and the earlier scrape.
      fine: grown('kmq_http_responses_total{code="2xx"}'),
      faulty: grown('kmq_http_responses_total{code="4xx"}'),
      broken: grown('kmq_http_broken_requests_total'),
    }).toEqual({
      ...{ events: 3, properties: 1, aliases: 1, unknownKey: 1, batchLine: 1, noName: 0 },
      ...{ entries: 7, fine: 6, faulty: 2, broken: 1 },
    });
    expect(grown('kmq_commit_duration_seconds_count')).toBe(grown('kmq_commit_entries_count'));
    expect(after.get('kmq_entries_waiting')).toBe(0);
    expect(after.get('kmq_commit_failures_total')).toBe(0);
    expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect([...after.keys()].join('\n')).not.toMatch(/site|other|bob|ada|robert/);
  });

  test('counts the open Live feeds, and each collector counts its own hits', async () => {
    const [one, other] = [await startCollector(), await startCollector()];
    const stop = new AbortController();
    await fetch(`${one.origin}/api/v1/live?key=site`, { signal: stop.signal });
    expect((await scrape(one.origin)).get('kmq_live_readers')).toBe(1);
    stop.abort();
    await expect.poll(async () => (await scrape(one.origin)).get('kmq_live_readers')).toBe(0);
    await one.send('/e?_k=site&_p=bob&_n=one');
    expect((await scrape(other.origin)).get('kmq_hits_accepted_total{kind="event"}')).toBe(0);
  });
});

describe('/healthz', () => {
  test('says if a hit could not be stored, and recovers without one', async () => {
    const data = await temporaryFolder();
    const { origin, ...collector } = await startCollector({ data });
    await collector.send('/e?_k=site&_p=bob&_n=kept');
    expect(await health(origin)).toEqual([200, { status: 'ok' }]);

    const other = openDatabase(join(data, 'kmq.db'));
    other.exec('BEGIN IMMEDIATE');
    expect((await collector.send('/e?_k=site&_p=bob&_n=lost')).status).toBe(503);
    const [status, body] = await health(origin);
    expect([status, body]).toEqual([
      503,
      { status: 'failing', reason: expect.stringMatching(/^A test write to the store failed \(\w+\)\.$/) as string },
    ]);
    const metrics = await scrape(origin);
    expect(metrics.get('kmq_commit_failures_total')).toBeGreaterThan(0);
    expect(metrics.get('kmq_hits_accepted_total{kind="event"}')).toBe(1);

    other.exec('ROLLBACK');
    other.close();
    await expect.poll(() => health(origin)).toEqual([200, { status: 'ok' }]);
    expect((await clientOf(origin).export()).map(({ _n }) => _n)).toEqual(['kept']);
  });

  test('says that the data folder cannot be written before a hit has failed', async () => {
    const data = await temporaryFolder();
    const { origin } = await startCollector({ data });
    const obstacle = join(data, `probe-${process.pid}`);
    await mkdir(obstacle);
    expect(await health(origin)).toEqual([
      503,
      { status: 'failing', reason: 'A test write to the store failed (EISDIR).' },
    ]);
    await rmdir(obstacle);
    await expect.poll(() => health(origin)).toEqual([200, { status: 'ok' }]);
  });
});

test('metrics of the process of reports exist only while it runs', async () => {
  const registry = new Registry();
  let readings: ReportReadings | undefined = { progress: 0.5, asOf: 7, memory: 1024, starts: 1 };
  describeReports(registry, () => readings);
  const shown = async (): Promise<string[]> => (await registry.metrics()).match(/^kmq_reports_\w+ .*$/gm) ?? [];
  const names = ['progress 0.5', 'as_of_seconds 7', 'memory_bytes 1024', 'starts_total 1'];
  expect(await shown()).toEqual(names.map((name) => `kmq_reports_${name}`));
  readings = undefined;
  expect(await shown()).toEqual([]);
});

test('/healthz fails, and a metric shows it, while a hit waits too long for its commit', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let goOn!: () => void;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const commits = new GroupCommit({ append: () => held.then(() => []) }, () => {});
  const waitingSince = (): number => commits.since ?? Infinity;
  const app = fastify();
  onTestFinished(() => app.close());
  const monitor = new CommitMonitor({ append: async () => [] }, newCounts(), app.log, () => {});
  registerHealth(app, monitor, await temporaryFolder(), { clock: { isSet: true }, waitingSince });
  const ask = async () => (await app.inject('/healthz')).json<object>();

  const settled = new Promise((resolve) => commits.add([], resolve));
  vi.advanceTimersByTime(9000);
  expect(await ask()).toEqual({ status: 'ok' });
  vi.advanceTimersByTime(3000);
  expect(await ask()).toEqual({ status: 'failing', reason: 'Hits have waited for 12 seconds (standstill).' });
  goOn();
  await settled;
  expect(await ask()).toEqual({ status: 'ok' });
});

test('a full disk is a 503 that /healthz shows at once, and it recovers when there is space', async ({ skip }) => {
  const data = await smallDisk(4);
  if (data === undefined) return skip('Only root can mount a small disk.');
  const { origin, ...collector } = await startCollector({ data });
  expect(await health(origin)).toEqual([200, { status: 'ok' }]);
  const send = (n: number) => collector.send(`/e?_k=site&_p=p${n}&_n=n&_i=i${n}&text=${'x'.repeat(600)}`);
  let stored = 0;
  while ((await send(stored)).status === 200) stored += 1;
  expect(await health(origin)).toEqual([
    503,
    { status: 'failing', reason: 'A test write to the store failed (ENOSPC).' },
  ]);
  execFileSync('mount', ['-o', 'remount,size=40m', data]);
  await expect.poll(() => health(origin)).toEqual([200, { status: 'ok' }]);
  // A hit that was not acknowledged is sent again, and is stored once.
  expect((await send(stored)).status).toBe(200);
  expect((await collector.export()).map(({ _i }) => _i)).toEqual(Array.from({ length: stored + 1 }, (_, n) => `i${n}`));
});

describe('the log', () => {
  test('is JSON lines about start, problems, recovery and stop, and contains no names of people', async () => {
    const data = await temporaryFolder();
    const command = await serve(['--data', data, '--token', 'a-token-of-mine-alone', '--key', 'site'], {
      KMQ_TOKN: 'x',
    });
    const { send } = clientOf(command.origin);
    for (let n = 0; n < 30; n++) await send(`/e?_k=wrong-key&_p=somebody&_n=n${n}`);
    const other = openDatabase(join(data, 'kmq.db'));
    other.exec('BEGIN IMMEDIATE');
    for (const person of ['one', 'two']) await send(`/e?_k=site&_p=somebody-${person}&_n=lost`);
    other.exec('ROLLBACK');
    other.close();
    await send('/e?_k=site&_p=somebody&_n=kept&__proto__=x');
    await send('/nowhere?secret=1');
    command.process.kill('SIGTERM');
    expect(await command.exited).toBe(0);

    const lines = linesOf<{ level: string; time: string; msg: string }>(command);
    for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
    expect(lines.map(({ level, msg }) => `${level}: ${msg.replace(/http\S+/, 'ADDRESS')}`)).toEqual([
      `info: no file of settings was read: there is no ${resolvePath('kmq.config.json')}`,
      'warn: KMQ_TOKN is in the environment, but no setting has this name',
      'info: Server listening at ADDRESS',
      'warn: hits were refused: Live says why',
      'error: a commit failed: hits that are not stored are answered with 503, and trackers keep them',
      'info: the store accepts hits again',
      'info: stopping, on SIGTERM',
      'info: stopped',
    ]);
    expect(command.log.join('\n')).not.toMatch(/somebody|a-token-of-mine-alone|wrong-key|secret|remoteAddress|url/);
  });

  test('is empty with the level silent', async () => {
    const {
      process: child,
      log,
      exited,
    } = await serve(['--data', await temporaryFolder()], {
      KMQ_LOG_LEVEL: 'silent',
    });
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(log).toEqual([]);
  });
});
