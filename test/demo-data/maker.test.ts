import { describe, expect, test } from 'vitest';
import { DEMO_KEY } from '../../src/collector/demo.js';
import type { DemoData } from '../../src/protocol/api.js';
import { HITS, PEOPLE } from '../../src/demo-data/hits.js';
import { DemoDataMaker } from '../../src/demo-data/maker.js';
import { NOON } from '../support/arrived-hits.js';
import { clientOf, startCollector, storedIn, temporaryFolder } from '../support/collector.js';
import { serve, type Command } from '../support/command.js';
import { openFolder, run } from '../support/transfer.js';
import { peopleOf } from './people.js';
import { LONG } from '../support/long.js';

const ADDRESS = '/api/v1/demo-data';
const NONE: DemoData = { state: 'none', progress: 0 };

const stateOf = async ({ origin }: { origin: string }): Promise<DemoData> =>
  (await (await fetch(origin + ADDRESS)).json()) as DemoData;

const isDone = (least: number) => async (collector: Command) =>
  expect.poll(async () => (await stateOf(collector)).progress, { interval: 50 }).toBeGreaterThan(least);

test.runIf(LONG)(
  'a collector with the demo shop fills an empty folder while it accepts hits, continues after each end, and stores nobody twice',
  async () => {
    const data = await temporaryFolder();
    const first = await serve(['--data', data, '--demo']);
    expect(first.printed.join('\n')).toMatch(/^Demo data +10,000 made-up visitors/m);
    await isDone(0.02)(first);
    expect(await stateOf(first)).toMatchObject({ state: 'making' });
    // Hits are accepted meanwhile, and are stored.
    const client = clientOf(first.origin);
    expect((await client.send(`/e?_k=${DEMO_KEY}&_p=me&_n=Came`)).status).toBe(200);
    expect((await client.person('me', DEMO_KEY))!.events.map(({ name }) => name)).toEqual(['Came']);
    expect(await stateOf(first)).toMatchObject({ state: 'making' });
    first.process.kill('SIGTERM');
    expect(await first.exited).toBe(0);

    const second = await serve(['--data', data, '--demo', '--processes', '2']);
    expect(second.printed.join('\n')).toMatch(/^Demo data /m);
    await isDone(0.1)(second);
    const asked = await fetch(second.origin + ADDRESS, { method: 'POST' });
    expect([asked.status, await asked.json()]).toEqual([202, expect.objectContaining({ state: 'making' })]);
    second.process.kill('SIGKILL');
    await second.exited;

    const { code, err } = await run(['demo-data', '--data', data]);
    expect(err).toContain('10,000 people');
    expect(code).toBe(0);
    const again = await run(['demo-data', '--data', data]);
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('has the demo data already') as string]);

    const hits = (await storedIn(data, DEMO_KEY)).filter(({ person }) => person !== 'me');
    expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
    expect(Math.abs(hits.length / HITS - 1)).toBeLessThan(0.03);
    expect(peopleOf(hits.map((hit) => ({ hit, received: hit.received, agent: hit.agent }))).count).toBe(PEOPLE);
    expect(hits.filter((hit) => hit.received !== hit.time)).toEqual([]);
    expect(new Set(hits.map(({ agent }) => agent))).toEqual(new Set(['browser', 'bot', 'server']));

    const last = await serve(['--data', data, '--demo']);
    expect(last.printed.join('\n')).not.toContain('Demo data');
    expect(await stateOf(last)).toEqual({ state: 'made', progress: 1 });
  },
);

test('a maker that is stopped does not say that all visitors are stored', async () => {
  const store = openFolder(await temporaryFolder());
  const maker = new DemoDataMaker({
    store,
    now: () => NOON,
    inBackground: true,
    onError: (error) => expect.fail(String(error)),
  });
  expect((await maker.makeDemoData()).state).toBe('making');
  const ended = maker.finished();
  await maker.close();
  expect(await ended).toBe(false);
  expect(await maker.finished()).toBe(false);
});

describe('no visitors are made', () => {
  test('without the shop, or if the owner says never', async () => {
    const plain = await serve(['--data', await temporaryFolder()]);
    expect((await fetch(plain.origin + ADDRESS)).status).toBe(404);
    expect((await fetch(plain.origin + ADDRESS, { method: 'POST' })).status).toBe(404);
    const never = await serve(['--data', await temporaryFolder(), '--demo'], { KMQ_DEMO_DATA: 'never' });
    expect(never.printed.join('\n')).not.toContain('Demo data');
    expect(await stateOf(never)).toEqual(NONE);
  });

  test.each([DEMO_KEY, 'site'])('if there are hits of the site %j', async (key) => {
    const data = await temporaryFolder();
    const before = await startCollector({ data, demo: true });
    await before.send(`/e?_k=${key}&_p=me&_n=Came`);
    await before.close();
    const collector = await startCollector({ data, demo: true, demoData: 'empty' });
    expect(await stateOf(collector)).toEqual(NONE);
    expect(await collector.export(DEMO_KEY)).toHaveLength(key === DEMO_KEY ? 1 : 0);
  });

  test('for a page of another site, or without the token', async () => {
    const here = await startCollector({ demo: true });
    const asked = (headers: Record<string, string>) => here.send(ADDRESS, { method: 'POST', headers });
    expect((await asked({ 'sec-fetch-site': 'cross-site', origin: 'https://www.example.com' })).status).toBe(403);
    expect((await asked({ origin: 'https://www.example.com' })).status).toBe(403);
    expect(await stateOf(here)).toEqual(NONE);

    const token = 'a-token-of-an-owner-1';
    const closed = await startCollector({ demo: true, token });
    expect((await closed.send(ADDRESS, { method: 'POST' })).status).toBe(401);
    expect((await closed.send(ADDRESS)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await closed.send(ADDRESS, { headers })).json()).toEqual(NONE);
  });
});

test('a request with the token makes the visitors, also if there are hits', async () => {
  const data = await temporaryFolder();
  const collector = await startCollector({ data, demo: true });
  await collector.send(`/e?_k=${DEMO_KEY}&_p=me&_n=Came`);
  const asked = await Promise.all([1, 2].map(() => collector.send(ADDRESS, { method: 'POST' })));
  expect(asked.map(({ status }) => status)).toEqual([202, 202]);
  expect(await asked[0]!.json()).toMatchObject({ state: 'making' });
  await expect.poll(async () => (await collector.export(DEMO_KEY)).length).toBeGreaterThan(1000);
  // The work stops with the collector, which does not wait for the rest.
  await collector.close();
  const hits = await storedIn(data, DEMO_KEY);
  expect(hits.length).toBeLessThan(HITS / 2);
  expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
});
