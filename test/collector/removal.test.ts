import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';

const DAY = 86_400;
const now = () => Math.floor(Date.now() / 1000);

async function send(collector: TestCollector, ...queries: string[]): Promise<void> {
  for (const query of queries) {
    expect((await collector.send(`${query.slice(0, 2)}?_k=site&${query.slice(3)}`)).status).toBe(200);
  }
}

/** Bob with two identities, an alias, a property and a refused request; Ann, who is not affected. */
async function bobAndAnn(collector: TestCollector): Promise<void> {
  await send(
    collector,
    '/e?_p=cookie-1&_n=Visited',
    '/a?_p=cookie-1&_n=bob@example.com',
    '/s?_p=bob@example.com&plan=pro',
    '/e?_p=ann@example.com&_n=Visited',
    '/e?_p=bob@example.com&_n=',
  );
}

describe('a person who is erased', () => {
  test('hides no newer hits from a reader who comes back to Live after a restart', async () => {
    const data = await temporaryFolder();
    const first = await startCollector({ data });
    await send(first, '/e?_p=ann&_n=Visited', ...Array<string>(5).fill('/e?_p=bob&_n=Visited'));
    const { body } = await first.send('/api/v1/live?key=site');
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    while (!/^id: .*\nevent/m.test(seen)) seen += (await reader.read()).value!;
    await reader.cancel();
    await first.erase('bob');
    await first.close();
    const second = await startCollector({ data });
    await send(second, ...Array.from({ length: 8 }, (_, n) => `/e?_p=ann&_n=After ${n}`));
    const later = await second.send('/api/v1/live?key=site', {
      headers: { 'last-event-id': /^id: (.*)$/m.exec(seen)![1]! },
    });
    const rest = later.body!.pipeThrough(new TextDecoderStream()).getReader();
    let shown = '';
    while (!shown.includes('After 7')) shown += (await rest.read()).value!;
    await rest.cancel();
    expect([...shown.matchAll(/"After \d"/g)].map(String)).toEqual(Array.from({ length: 8 }, (_, n) => `"After ${n}"`));
  });

  test('is removed with every identity, from the export, the search and Live; others are not affected', async () => {
    const collector = await startCollector();
    await bobAndAnn(collector);
    expect(await collector.erase('bob@example.com')).toEqual({ identities: ['cookie-1', 'bob@example.com'], hits: 3 });
    expect(await collector.person('bob@example.com')).toBeUndefined();
    expect(await collector.person('cookie-1')).toBeUndefined();
    expect(await collector.export()).toMatchObject([{ _p: 'ann@example.com', _n: 'Visited' }]);
    expect((await collector.people('')).map(({ identities }) => identities)).toEqual([['ann@example.com']]);
    const { hits, refusals } = await collector.live(1);
    expect([hits.length, refusals]).toEqual([1, []]);
  });

  test('is nowhere in the files if only refused requests named them', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    for (let n = 0; n < 200; n++) await collector.send(`/e?_k=site&_p=${n % 3 ? 'ann' : 'secret-bob'}&_n=&n=${n}`);
    const files = () =>
      ['kmq.db', 'kmq.db-wal'].map((name) => readFileSync(join(data, name)).toString('latin1')).join();
    expect(files()).toContain('secret-bob');
    expect(await collector.erase('secret-bob')).toEqual({ identities: [], hits: 0, refusals: 67 });
    expect(files()).not.toContain('secret-bob');
  });

  test('cannot be erased a second time, and is a new person if they come back', async () => {
    const collector = await startCollector();
    await bobAndAnn(collector);
    await collector.erase('cookie-1');
    expect(await collector.erase('cookie-1')).toBeUndefined();
    await send(collector, '/e?_p=bob@example.com&_n=Back');
    expect(await collector.person('bob@example.com')).toMatchObject({
      identities: ['bob@example.com'],
      events: [{ name: 'Back' }],
    });
  });

  test.each([
    ['application/json', undefined],
    ['application/json', '{'],
    ['text/xml', 'x'],
    ['application/x-www-form-urlencoded', 'id=other'],
    ['json', 'x'],
  ])('is erased also if the request has the Content-Type “%s”, with the body “%s”', async (type, body) => {
    const collector = await startCollector();
    await bobAndAnn(collector);
    const init = { method: 'DELETE', headers: { 'content-type': type }, ...(body !== undefined && { body }) };
    const response = await collector.send('/api/v1/person?key=site&id=cookie-1', init);
    expect([response.status, await response.json()]).toMatchObject([200, { hits: 3 }]);
  });

  test('leaves no trace in the files of the store', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    await send(collector, '/e?_p=secret-identity&_n=secret-event&secret-name=secret-value', '/e?_p=ann&_n=Visited');
    await send(collector, '/e?_p=secret-identity&_n=');
    expect((await collector.people('secret-identity')).length).toBe(1);
    // The index of the search is updated a second later.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await collector.erase('secret-identity');
    const files = () =>
      ['kmq.db', 'kmq.db-wal'].map((name) => readFileSync(join(data, name)).toString('latin1')).join();
    expect(files()).not.toContain('secret');
    await collector.close();
    const db = openDatabase(join(data, 'kmq.db'));
    expect(db.prepare('SELECT rowid FROM trigrams WHERE trigrams MATCH ?').all('"sec"')).toEqual([]);
    db.close();
  });

  test('is hidden first; if the collector is killed then, the next start completes the erasure', async () => {
    const data = await temporaryFolder();
    const first = await startCollector({ data });
    await send(first, '/e?_p=ann&_n=Visited', '/e?_p=bob&_n=Visited');
    await first.close();
    // As a collector leaves the store that was killed after the first step.
    const db = openDatabase(join(data, 'kmq.db'));
    db.exec("UPDATE identities SET site = 0, identity = '#' || id, person = 0 WHERE identity = 'bob'");
    db.close();
    const second = await startCollector({ data });
    expect((await second.export()).map(({ _p }) => _p)).toEqual(['ann']);
    await second.close();
    const after = openDatabase(join(data, 'kmq.db'));
    const rows = (table: string) => (after.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
    expect([rows('hits'), rows('identities')]).toEqual([1, 1]);
    after.close();
  });

  test('with thousands of hits is removed while hits of others arrive, and none of those is lost', async () => {
    const collector = await startCollector();
    const lines = Array.from({ length: 2000 }, (_, n) => `/e?_k=site&_p=bob&_n=n${n}`).join('\n');
    for (let round = 0; round < 5; round++) await collector.send('/b', { method: 'POST', body: lines });
    const erased = collector.erase('bob');
    for (let n = 0; n < 50; n++) await send(collector, `/e?_p=ann&_n=n${n}`);
    expect(await erased).toEqual({ identities: ['bob'], hits: 10_000 });
    expect(await collector.export()).toHaveLength(50);
  });
});

describe('hits that are older than the retention of their site', () => {
  const keptFor = (days: number) => ({ config: parseConfig({ sites: { site: { retention: days } } }) });

  test('are removed at the next start, with people who had no other hits', async () => {
    const data = await temporaryFolder();
    const first = await startCollector({ data });
    const old = now() - 31 * DAY;
    await send(
      first,
      `/e?_p=old&_n=Long+ago&_t=${old}&_d=1`,
      `/a?_p=old&_n=old@example.com&_t=${old}&_d=1`,
      `/e?_p=regular&_n=Long+ago&_t=${old}&_d=1`,
      '/e?_p=regular&_n=Today',
    );
    await first.send(`/e?_k=other&_p=old&_n=Long+ago&_t=${old}&_d=1`);
    await first.close();
    const second = await startCollector({ data, ...keptFor(30) });
    await expect.poll(async () => (await second.export()).map(({ _n }) => _n)).toEqual(['Today']);
    expect(await second.person('old')).toBeUndefined();
    expect(await second.person('old@example.com')).toBeUndefined();
    expect((await second.person('regular'))!.events).toMatchObject([{ name: 'Today' }]);
    expect(await second.export('other')).toHaveLength(1);
  });

  test('are kept for ever if the site sets no retention', async () => {
    const data = await temporaryFolder();
    const first = await startCollector({ data });
    await send(first, '/e?_p=old&_n=Long+ago&_t=1300000000&_d=1');
    await first.close();
    const second = await startCollector({ data, config: parseConfig({ sites: { site: {} } }) });
    await send(second, '/e?_p=bob&_n=Today');
    expect(await second.export()).toHaveLength(2);
  });
});
