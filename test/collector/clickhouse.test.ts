import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { resolve } from '../../src/cli/resolve.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { IDENTITIES_OF_A_PERSON as FULL } from '../../src/protocol/limits.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import type { ArrivedHit, Entry } from '../../src/collector/store/store.js';
import { clickHouseOfTest, findClickHouse, findClickHouseServer } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { liveOf, peopleOf, personOf } from '../support/answers.js';
import { clientOf, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve } from '../support/command.js';
import { eachNth, LONG } from '../support/long.js';
import { run } from '../support/transfer.js';

const T = 1_400_000_000;

type Sender = Pick<TestCollector, 'send'>;

/** Sends hits one after the other on several connections, and returns the acknowledged ones. */
function stream(collectors: () => Sender[], lines = 8) {
  const acknowledged = new Set<number>();
  let next = 0;
  let going = true;
  const sending = Array.from({ length: lines }, async () => {
    while (going) {
      const n = next++;
      const [collector] = collectors().slice(n % collectors().length);
      const response = await collector!.send(`/e?_k=site&_p=p${n % 10}&_n=n${n}&_i=i${n}`).catch(() => undefined);
      if (response?.status === 200) acknowledged.add(n);
    }
  });
  const until = async (count: number): Promise<void> => {
    await expect.poll(() => acknowledged.size, { interval: 10 }).toBeGreaterThan(count);
  };
  const end = async (): Promise<void> => {
    going = false;
    await Promise.all(sending);
  };
  return { acknowledged, until, end };
}

/** Every acknowledged hit is stored exactly once. */
async function expectAll(collector: Pick<TestCollector, 'export'>, acknowledged: Set<number>): Promise<void> {
  const stored = (await collector.export()).map(({ _i }) => Number((_i as string).slice(1)));
  const kept = new Set(stored);
  expect(kept.size).toBe(stored.length);
  expect([...acknowledged].filter((n) => !kept.has(n))).toEqual([]);
}

const event = (person: string, name: string, time = T, key = 'site'): ArrivedHit => ({
  hit: { kind: 'event', key, person, name, time, sent: time, id: null, properties: [], warnings: [] },
  received: T,
  agent: 'browser',
});
const alias = (person: string, name: string): Entry => ({
  hit: { kind: 'alias', key: 'site', person, name, time: T, sent: null, id: null, properties: [], warnings: [] },
  received: T,
  agent: 'browser',
});

const openAt = async (url: string): Promise<ClickHouseStore> =>
  new ClickHouseStore({ url, folder: await temporaryFolder(), counting: () => 'reference' });

/** Counts the rows that this process reads from ClickHouse, except the aliases that reports copy once, at any moment. */
function countRows(): { take: () => Promise<number> } {
  const spy = vi.spyOn(Nodes.prototype, 'rows');
  onTestFinished(() => spy.mockRestore());
  const take = async (): Promise<number> => {
    const counted = spy.mock.results.filter((_, call) => !spy.mock.calls[call]![0].includes('sipHash64(site, a)'));
    const answers = await Promise.all(counted.map(({ value }) => value as Promise<unknown[]>));
    spy.mockClear();
    return answers.reduce((sum, rows) => sum + rows.length, 0);
  };
  return { take };
}

describe.skipIf(!findClickHouse())('on ClickHouse', () => {
  test('no text from outside is read as SQL', async () => {
    const server = await clickHouseOfTest();
    const collector = await startCollector({ store: server.url() });
    const hostile = [`'); DROP TABLE hits; --`, `\\`, `\\'`, `"`, '`', '{x}', `\u0000'`, '%_', `😀'`, 'a\n\t', `\\x27`];
    for (const text of hostile) {
      const it = encodeURIComponent(text);
      await collector.send(`/e?_k=${it}&_p=${it}&_n=${it}&_i=${it}&${it}=${it}&_t=${T}&_d=1`);
      await collector.send(`/a?_k=${it}&_p=${it}&_n=${it}2`);
      expect(await collector.person(`${text}2`, text)).toMatchObject({
        identities: [text, `${text}2`],
        events: [{ name: text }],
      });
      expect(await collector.people(text, text)).toMatchObject([{ identities: [text, `${text}2`] }]);
      expect((await collector.live(2, text)).hits[0]).toMatchObject({ person: text, name: text });
      expect(await collector.export(text)).toMatchObject([{ _p: text, _i: text }, { _p: text }]);
    }
    for (const text of hostile) {
      expect(await collector.erase(text, text)).toMatchObject({ identities: [text, `${text}2`], hits: 2 });
      expect(await collector.export(text)).toEqual([]);
    }
  });

  test('a request with half of a character does not block the hits after it', async () => {
    const server = await clickHouseOfTest();
    const store = new ClickHouseStore({
      url: server.url(),
      folder: await temporaryFolder(),
      counting: () => 'reference',
    });
    const half = '\ud83d';
    await store.append([
      { refusal: { key: half, received: T, reason: half, request: half } },
      event(half, half, T, half),
      event('bob', 'x'),
    ]);
    expect(await personOf(store, 'site', 'bob')).toMatchObject({ events: [{ name: 'x' }] });
    expect(store.backlog()).toBe(0);
    await store.close();
  });

  test('two collectors show the same complete people, and each hit once', async () => {
    const server = await clickHouseOfTest();
    const url = server.url();
    const collectors = [await startCollector({ store: url }), await startCollector({ store: url })] as const;
    const [one, other] = collectors;
    for (let n = 0; n < 40; n++) {
      await collectors[n % 2]!.send(`/a?_k=site&_p=id${n}&_n=id${n + 1}`);
      await collectors[n % 2]!.send(`/e?_k=site&_p=id${n}&_n=e${n}&_t=${T + n}&_d=1&_i=h${n}`);
      // The answer to this hit was lost, so the tracker sends the hit again, to the other collector.
      await collectors[(n + 1) % 2]!.send(`/e?_k=site&_p=id${n}&_n=e${n}&_t=${T + n}&_d=1&_i=h${n}`);
    }
    // The hits that each collector has acknowledged are forwarded before it answers.
    await Promise.all(collectors.map((collector) => collector.people('')));
    for (const collector of collectors) {
      const person = (await collector.person('id40'))!;
      expect(person.identities).toHaveLength(41);
      expect(person.events.map(({ name }) => name)).toEqual(Array.from({ length: 40 }, (_, n) => `e${n}`));
      expect(await collector.people('id3')).toHaveLength(1);
      expect(await collector.export()).toHaveLength(80);
    }
    expect(await one.person('id0')).toEqual(await other.person('id0'));
  });

  test('Live shows the hits of all collectors, each once, in whatever order they are forwarded', async () => {
    const server = await clickHouseOfTest();
    const url = server.url();
    const stores = await Promise.all(
      [1, 2].map(
        async () => new ClickHouseStore({ url, folder: await temporaryFolder(), counting: () => 'reference' }),
      ),
    );
    const [one, other] = stores as [ClickHouseStore, ClickHouseStore];
    let { cursor } = await liveOf(one, 'site', undefined, 100);
    const names: (string | null)[] = [];
    for (let n = 0; n < 30; n++) {
      // The other collector is slow to forward: its hits are older than those that Live has shown by then.
      await other.append([event('bob', `other${n}`, T + n)]);
      await one.append([event('bob', `one${n}`, T + n)]);
      await one.keys();
      if (n % 3 === 0) await other.keys();
      const page = await liveOf(one, 'site', cursor, 100);
      expect(page.skipped).toBe(0);
      names.push(...page.hits.map(({ name }) => name));
      cursor = page.cursor;
    }
    // A lost answer: the hit is sent again, to the other collector.
    const again = event('bob', 'again', T);
    again.hit.id = 'h';
    for (const store of [one, other]) {
      await store.append([again]);
      await store.keys();
    }
    await other.append([event('bob', 'again', T)]);
    await other.keys();
    const { hits } = await liveOf(one, 'site', cursor, 100);
    expect(hits.filter(({ name }) => name === 'again').map(({ duplicate }) => duplicate)).toEqual([false, true]);
    names.push(...hits.map(({ name }) => name).filter((name) => name !== 'again'));
    const expected = Array.from({ length: 30 }, (_, n) => [`one${n}`, `other${n}`]).flat();
    expect([...names].sort()).toEqual(expected.sort());
    for (const store of stores) await store.close();
  });

  test.runIf(LONG)('a person with a chain of 1,000 aliases is read in a few steps', async () => {
    const server = await clickHouseOfTest();
    const url = server.url('chain');
    const folder = await temporaryFolder();
    const store = new ClickHouseStore({ url, folder, counting: () => 'reference' });
    for (let n = 0; n < 1000; n += 50) {
      await store.append(Array.from({ length: 50 }, (_, i) => alias(`id${n + i}`, `id${n + i + 1}`)));
      await store.keys();
    }
    expect((await personOf(store, 'site', 'id1000'))!.identities).toHaveLength(1001);
    // close() waits for the shortcuts.
    await store.close();
    const edges = (await server.ask('SELECT DISTINCT one, other FROM chain.edges'))
      .split('\n')
      .map((row) => row.split('\t'));
    const reached = new Set(['id1000']);
    let steps = 0;
    for (let before = 0; before < reached.size; steps++) {
      before = reached.size;
      const from = new Set(reached);
      for (const [one, other] of edges) if (from.has(one!)) reached.add(other!);
    }
    expect(reached.size).toBe(1001);
    // The last step finds nothing more.
    expect(steps).toBeLessThanOrEqual(5);
  });

  test.runIf(LONG)('an alias that would make a person too large is refused, according to the last check', async () => {
    const server = await clickHouseOfTest();
    const url = server.url('full');
    const store = await openAt(url);
    const visitors = (from: number, to: number, hub = 'guest') =>
      Array.from({ length: to - from }, (_, n) => alias(`${hub}-${from + n}`, hub));
    await store.append(visitors(0, FULL - 1));
    await store.append(visitors(0, FULL / 2 - 1, 'other'));
    // The check follows the forwarding; an erasure waits for it.
    await store.keys();
    await store.erase('site', 'nobody');
    expect(await store.append([event('ann', 'x'), alias('ann', 'guest'), alias('guest-1', 'guest-2')])).toEqual([
      { entry: 1, reason: ['too-many-identities'] },
    ]);
    expect(await store.append([alias('guest', 'other')])).toHaveLength(1);
    expect(await store.append([alias('new', 'other')])).toEqual([]);
    expect((await personOf(store, 'site', 'guest-7'))!.identities).toHaveLength(FULL);
    expect((await personOf(store, 'site', 'ann'))!.identities).toEqual(['ann']);
    const { refusals, hits } = await liveOf(store, 'site', undefined, 3);
    expect(refusals).toMatchObject([
      { code: 'too-many-identities', request: '/a?_k=site&_p=ann&_n=guest' },
      { request: '/a?_k=site&_p=guest&_n=other' },
    ]);
    expect(hits.map(({ person, name }) => [person, name])).toEqual([
      ['ann', 'x'],
      ['guest-1', 'guest-2'],
      ['new', 'other'],
    ]);
    // Aliases that are accepted before the next check count as well.
    expect(await store.append(visitors(FULL, FULL + FULL, 'other'))).toHaveLength(FULL - (FULL / 2 - 1));

    // An import gets an error, and stores no refusal.
    const told: unknown[] = [];
    await store.appendWithBookmarks(
      [alias('ann', 'guest'), event('ann', 'y')],
      [{ name: 'file', value: 2 }],
      (refused) => told.push(...refused),
    );
    expect(told).toEqual([{ entry: 0, reason: ['too-many-identities'] }]);
    expect((await personOf(store, 'site', 'ann'))!.events.map(({ name }) => name)).toEqual(['x', 'y']);

    // Another collector learns that the person is full at its next check, and refuses aliases from then on.
    const other = await openAt(url);
    expect(await other.append([alias('one', 'guest')])).toEqual([]);
    await other.keys();
    await other.erase('site', 'nobody');
    expect(await other.append([alias('two', 'guest')])).toHaveLength(1);
    await other.close();

    // An erased identity may be used again.
    expect(await store.expire('site', T + 1)).toBeGreaterThan(FULL);
    expect(await store.append([alias('ann', 'guest')])).toEqual([]);
    expect((await personOf(store, 'site', 'ann'))!.identities.sort()).toEqual(['ann', 'guest']);
    await store.close();
  });

  test('for a person far larger than the limit an alias costs no more than for one at the limit, and the person is read in part', async () => {
    const server = await clickHouseOfTest();
    const store = await openAt(server.url('huge'));
    await store.append([alias('guest-0', 'guest'), event('guest', 'x')]);
    await store.keys();
    await store.erase('site', 'nobody');
    // As a version without this limit has stored them.
    for (const [one, other] of [
      [`concat('guest-', toString(number))`, `'guest'`],
      [`'guest'`, `concat('guest-', toString(number))`],
    ]) {
      await server.ask(`INSERT INTO huge.edges SELECT 'site', ${one}, ${other} FROM numbers(${12 * FULL})`);
    }
    const rows = countRows();
    await store.append([alias('first', 'guest')]);
    await store.keys();
    await store.erase('site', 'nobody');
    const look = await rows.take();
    expect(look).toBeLessThan(5 * 4 * FULL + 1000);
    expect(look).toBeGreaterThan(4 * FULL);
    // The size of the person is known now: aliases are refused, and the person is not read again for them.
    for (let n = 0; n < 5; n++) {
      expect(await store.append([alias(`more-${n}`, 'guest'), alias('guest', 'guest-0')])).toHaveLength(1);
      await store.keys();
      await store.erase('site', 'nobody');
    }
    expect(await rows.take()).toBeLessThan(100);
    const person = (await personOf(store, 'site', 'guest'))!;
    expect(person.events).toHaveLength(1);
    expect(await rows.take()).toBeLessThan(5 * 4 * FULL + 1000);
    await store.close();
  });

  test('expiry removes old hits, and people without any hits left', async () => {
    const server = await clickHouseOfTest();
    const store = new ClickHouseStore({
      url: server.url(),
      folder: await temporaryFolder(),
      counting: () => 'reference',
    });
    await store.append([event('old', 'x', T), alias('old', 'old2'), event('bob', 'x', T), event('bob', 'y', T + 10)]);
    await store.append([event('ann', 'x', T), alias('ann', 'ann2'), event('ann2', 'y', T + 10)]);
    await store.append([event('old', 'x', T, 'other')]);
    // The alias of ann stays, since ann2 has a hit.
    expect(await store.expire('site', T + 5)).toBe(4);
    const kinds = async () => {
      const left: string[] = [];
      for await (const { kind } of store.export('site')) left.push(kind);
      return left.sort();
    };
    expect(await kinds()).toEqual(['alias', 'event', 'event']);
    expect(await store.expire('site', T + 5)).toBe(0);
    expect((await peopleOf(store, 'site', '', 10)).map(({ identities }) => identities).sort()).toEqual([
      ['ann', 'ann2'],
      ['bob'],
    ]);
    expect(await personOf(store, 'site', 'old2')).toBeUndefined();
    expect((await personOf(store, 'site', 'bob'))!.events).toMatchObject([{ name: 'y' }]);
    expect((await personOf(store, 'other', 'old'))!.events).toHaveLength(1);
    // As after an import of an old alias of people who have nothing else.
    await store.append([alias('carl', 'carla')]);
    expect(await store.expire('site', T + 5)).toBe(1);
    expect(await personOf(store, 'site', 'carla')).toBeUndefined();
    expect(await store.expire('site', T + 5)).toBe(0);
    await store.close();
  });
});

test.runIf(findClickHouseServer())(
  'reports on an old ClickHouse say which version they need, and hits are stored',
  async () => {
    const server = await clickHouseOfTest();
    const store = server.url();
    const collector = await startCollector({ store });
    await collector.send('/e?_k=site&_p=bob&_n=x');
    const response = await collector.send('/api/v1/reports/names?key=site');
    const version = await server.ask('SELECT version()');
    expect(version).toMatch(/^18\./);
    const error = `Reports need ClickHouse 24.8 or later, and this one is ${version}. Hits are kept all the same.`;
    expect([response.status, await response.json()]).toEqual([501, { error, code: 'no_reports', member: '' }]);
    expect(await collector.person('bob')).toMatchObject({ events: [{ name: 'x' }] });
    const said: [command: string[], error: string][] = [
      [['report', 'names'], error],
      [['sql', 'SELECT 1'], `SQL needs ClickHouse 24.8 or later, and this one is ${version}.`],
    ];
    for (const [command, error] of eachNth(said, 2))
      expect(await run([...command, '--key', 'site', '--store', store])).toEqual({
        code: 1,
        out: '',
        err: `kmq: ${error}\n`,
      });
  },
);

describe.skipIf(!findClickHouse())('acknowledged hits are in ClickHouse, each once', () => {
  test('while ClickHouse cannot be reached, hits are acknowledged, reads say so, and no hit is lost', async () => {
    const server = await clickHouseOfTest();
    await server.kill();
    const collector = await startCollector({ store: server.url() });
    expect((await collector.send('/e?_k=site&_p=bob&_n=early&_i=i0')).status).toBe(200);
    const refused = await collector.send('/api/v1/people/bob?key=site');
    expect([refused.status, await refused.json()]).toEqual([503, { error: expect.any(String) as string }]);
    await server.start();
    await expect.poll(async () => (await collector.person('bob'))?.events).toHaveLength(1);
  });

  test('when ClickHouse is killed and started again while hits are sent', async () => {
    const server = await clickHouseOfTest();
    const collector = await startCollector({ store: server.url() });
    const { acknowledged, until, end } = stream(() => [collector]);
    for (let round = 0; round < 2; round++) {
      await until(acknowledged.size + 200);
      await server.kill();
      await until(acknowledged.size + 200);
      await server.start();
    }
    await until(acknowledged.size + 200);
    await end();
    await expect.poll(() => collector.send('/api/v1/people?key=site').then(({ status }) => status)).toBe(200);
    await expectAll(collector, acknowledged);
  });

  test.runIf(LONG)(
    'when ClickHouse loses rows that it has not written to disk yet; and erased people stay erased',
    async () => {
      const server = await clickHouseOfTest();
      const collector = await startCollector({ store: server.url('lossy') });
      const { acknowledged, until, end } = stream(() => [collector]);
      await until(300);
      await end();
      await expectAll(collector, acknowledged);
      await collector.send('/a?_k=site&_p=gone&_n=gone%222');
      await collector.send('/e?_k=site&_p=gone%222&_n=x&_i=i2000000');
      expect(await collector.erase('gone')).toMatchObject({ identities: ['gone', 'gone"2'], hits: 2 });
      // The start of a server is known in whole seconds, so the next start must be a few seconds later to differ.
      await expect.poll(async () => Number(await server.ask('SELECT uptime()'))).toBeGreaterThan(3);
      const parts = (await server.ask("SELECT path FROM system.parts WHERE database = 'lossy'")).split('\n');
      await server.kill();
      // As after a power failure: the system had not written the latest files.
      for (const table of new Set(parts.map((part) => dirname(part)))) {
        for (const part of await readdir(table)) {
          if (/^all_/.test(part)) await rm(join(table, part), { recursive: true });
        }
      }
      await server.start();
      expect(await server.ask('SELECT count() FROM lossy.hits')).toBe('0');
      await collector.send('/e?_k=site&_p=bob&_n=after&_i=i1000000');
      await expect
        .poll(async () => (await collector.export().catch(() => [])).length, { interval: 500 })
        .toBeGreaterThan(acknowledged.size);
      await expectAll(collector, acknowledged);
      expect(await collector.people('gone')).toEqual([]);
      expect(await server.ask("SELECT count() FROM lossy.hits WHERE identity LIKE 'gone%'")).toBe('0');
    },
  );

  test('when the collector is killed while hits are sent', async () => {
    const server = await clickHouseOfTest();
    const data = await temporaryFolder();
    const start = () => serve(['--data', data, '--store', server.url('killed')]);
    let running = await start();
    let collector = clientOf(running.origin);
    const { acknowledged, until, end } = stream(() => [collector]);
    for (let round = 0; round < 3; round++) {
      await until(acknowledged.size + 150);
      running.process.kill('SIGKILL');
      await running.exited;
      running = await start();
      collector = clientOf(running.origin);
    }
    await end();
    await expectAll(collector, acknowledged);
    running.process.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  test('when the spool is full, hits are refused until it has space again', async () => {
    const port = await freePort();
    const url = `clickhouse://127.0.0.1:${port}/full`;
    const store = new ClickHouseStore({
      url,
      folder: await temporaryFolder(),
      counting: () => 'reference',
      spoolBytes: 20_000,
    });
    let taken = 0;
    const fill = async (): Promise<void> => {
      for (;;) await store.append([event('bob', `e${taken}`, T + taken)]).then(() => taken++);
    };
    await expect(fill()).rejects.toThrow('spool is full');
    await expect(store.append([])).rejects.toThrow('spool is full');
    expect(store.backlog()).toBe(taken);
    await clickHouseOfTest({ port });
    await expect
      .poll(() =>
        store.append([]).then(
          () => 'taken',
          () => 'full',
        ),
      )
      .toBe('taken');
    await store.append([event('bob', 'later', T + taken)]);
    expect((await personOf(store, 'site', 'bob'))!.events).toHaveLength(taken + 1);
    await store.close();
  });
});

describe.skipIf(!findClickHouse())('the password', () => {
  test('is needed, and is part of no error message', async () => {
    const server = await clickHouseOfTest({ password: 'right' });
    const errors: unknown[] = [];
    const url = `clickhouse://default:s3cr3t%2F@${server.host}/wrong`;
    const onError = (error: unknown): void => void errors.push(error);
    const store = new ClickHouseStore({ url, folder: await temporaryFolder(), counting: () => 'reference', onError });
    await store.append([event('bob', 'x')]);
    await expect(store.keys()).rejects.toThrow();
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    const { inspect } = await import('node:util');
    expect(inspect(errors, { depth: 10, showHidden: true })).not.toContain('s3cr3t');
    await store.close();
  });
});

describe.runIf(LONG && findClickHouseServer())('two shards', () => {
  test('have the same people as one server, and a person is removed from both', async () => {
    const ports = [await freePort(), await freePort()];
    const servers = await Promise.all(ports.map((tcpPort) => clickHouseOfTest({ tcpPort, shards: ports })));
    const hosts = servers.map(({ host }) => host);
    const url = (order: string[]) => `clickhouse://default@${order.join(',')}/spread?cluster=shards`;
    const collectors = await Promise.all(
      [hosts, [...hosts].reverse()].map((order) => startCollector({ store: url(order) })),
    );
    const { acknowledged, until, end } = stream(() => collectors);
    for (let n = 0; n < 30; n++) await collectors[n % 2]!.send(`/a?_k=site&_p=p${n % 10}&_n=id${n}`);
    for (let n = 0; n < 9; n++) await collectors[n % 2]!.send(`/a?_k=site&_p=p${n}&_n=p${n + 1}`);
    await until(400);
    // While one shard cannot be reached, hits wait, and readers get an error instead of half of an answer.
    await servers[1]!.kill();
    await until(acknowledged.size + 200);
    expect((await collectors[0]!.send('/api/v1/people/p0?key=site')).status).toBe(503);
    await servers[1]!.start();
    await until(acknowledged.size + 200);
    await end();
    for (const collector of collectors) {
      await expect.poll(() => collector.send('/api/v1/people?key=site').then(({ status }) => status)).toBe(200);
    }
    const counts = await Promise.all(servers.map((server) => server.ask('SELECT count() FROM spread.hits')));
    expect(counts.map(Number).every((count) => count > 50)).toBe(true);
    for (const collector of collectors) {
      const stored = (await collector.export()).filter(({ _i }) => _i);
      expect(new Set(stored.map(({ _i }) => _i)).size).toBe(stored.length);
      expect(stored.length).toBeGreaterThanOrEqual(acknowledged.size);
      const person = (await collector.person('id29'))!;
      expect(person.identities).toHaveLength(40);
      expect(person.events.length).toBe(stored.length);
      expect(await collector.people('id')).toHaveLength(1);
    }
    expect((await collectors[1]!.erase('id7'))!.identities).toHaveLength(40);
    expect(await collectors[0]!.export()).toEqual([]);
    for (const server of servers) {
      for (const table of ['hits', 'arrivals', 'identities', 'edges']) {
        expect(await server.ask(`SELECT count() FROM spread.${table}`)).toBe('0');
      }
    }
  });

  test('nobody counts as removed while the URL does not name all shards, and the removal continues with all of them', async () => {
    const ports = [await freePort(), await freePort()];
    const servers = await Promise.all(ports.map((tcpPort) => clickHouseOfTest({ tcpPort, shards: ports })));
    const url = (hosts: string[]) => `clickhouse://default@${hosts.join(',')}/some?cluster=shards`;
    const all = url(servers.map(({ host }) => host));
    const collector = await startCollector({ store: all });
    for (let n = 0; n < 20; n++) await collector.send(`/a?_k=site&_p=gone&_n=id${n}`);
    expect((await collector.person('gone'))!.identities).toHaveLength(21);
    await collector.close();
    const data = await temporaryFolder();
    const one = await startCollector({ store: url([servers[0]!.host]), data });
    const answer = await one.send('/api/v1/person?key=site&id=gone', { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([
      503,
      {
        error: expect.stringMatching(
          /cluster shards has 2 nodes.*names 1 of them.* Then kmq continues by itself\.$/,
        ) as string,
      },
    ]);
    expect(
      (await examineClickHouse(resolve({ store: url([servers[0]!.host]) }, {}).settings)).map(({ says }) => says),
    ).toContainEqual(expect.stringMatching(/cluster shards has 2 nodes/));
    await one.close();
    const later = await startCollector({ store: all, data });
    await expect.poll(() => later.export()).toEqual([]);
    for (const server of servers) {
      for (const table of ['hits', 'arrivals', 'identities', 'edges']) {
        await expect.poll(() => server.ask(`SELECT count() FROM some.${table}`)).toBe('0');
      }
    }
  });
});
