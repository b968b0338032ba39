import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { Agent, ArrivedHit, ExportedHit } from '../../src/collector/store/store.js';
import { createHitId } from '../../src/protocol/hit-id.js';
import { liveOf, peopleOf, personOf } from '../support/answers.js';
import {
  clickHouseOfTest,
  findClickHouse,
  findClickHouseServer,
  newDatabase,
  type TestClickHouse,
} from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { insertAsBefore, insertRefusalAsBefore, startOldVersion, type OldRow } from '../support/old-clickhouse.js';
import { run } from '../support/transfer.js';
import { LONG } from '../support/long.js';

const T = 1_400_000_000;
const STAMP = T * 1_000_000;

/** The stored form of an id as a tracker makes it. */
const tracked = (n: number): string => `i${createHitId(T * 1000 + n, n, 'abcdefghij')}`;

const event = (name: string, agent: Agent): ArrivedHit => ({
  hit: { kind: 'event', key: 'site', person: 'ann', name, time: T, sent: T, id: name, properties: [], warnings: [] },
  received: T,
  agent,
});

const open = async (url: string, folder?: string): Promise<ClickHouseStore> =>
  new ClickHouseStore({ url, folder: folder ?? (await temporaryFolder()), counting: () => 'reference' });

async function hitsOf(store: ClickHouseStore): Promise<ExportedHit[]> {
  const hits: ExportedHit[] = [];
  for await (const hit of store.export('site')) hits.push(hit);
  return hits;
}

const agentsOf = async (store: ClickHouseStore): Promise<Record<string, Agent>> =>
  Object.fromEntries((await hitsOf(store)).map(({ name, agent }) => [String(name), agent]));

/** Every kind of hit, with and without an id. */
const EVERY_KIND: OldRow[] = [
  { identity: 'bob', id: tracked(1), stamp: STAMP + 1, name: 'of a tracker', properties: '[["plan","pro"]]' },
  { identity: 'bob', id: 'm7.2', stamp: STAMP + 2, name: 'without id' },
  { identity: 'bob', id: 'ichosen', stamp: STAMP + 3, name: 'of a client', warnings: '[["bad-time"]]' },
  { identity: 'bob', id: tracked(4), stamp: STAMP + 4, kind: 1, name: '', properties: '[["gender","male"]]' },
  { identity: 'bob', id: tracked(5), stamp: STAMP + 5, kind: 2, name: 'bob@example.com', timed: 0, sent: 0 },
  { identity: 'eve', id: 'm7.6', stamp: STAMP + 6, name: 'of another' },
];

describe.skipIf(!findClickHouse())('tables of the previous version', () => {
  test('keep their hits, and recognise browsers by the ids of hits', async () => {
    const server = await clickHouseOfTest();
    const database = newDatabase();
    await startOldVersion([server], database);
    await insertRefusalAsBefore(server, database, STAMP);
    await insertAsBefore(server, database, EVERY_KIND);
    const store = await open(server.url(database));
    expect(await hitsOf(store)).toMatchObject([
      { name: 'of a tracker', agent: 'browser', properties: [['plan', 'pro']], id: tracked(1).slice(1), sent: T },
      { name: 'without id', agent: 'server', id: null },
      { name: 'of a client', agent: 'server', id: 'chosen', warnings: [['bad-time']] },
      { kind: 'properties', agent: 'browser', properties: [['gender', 'male']] },
      { kind: 'alias', agent: 'browser', name: 'bob@example.com', sent: null },
      { person: 'eve', agent: 'server' },
    ]);
    expect(await personOf(store, 'site', 'bob@example.com')).toMatchObject({
      identities: ['bob', 'bob@example.com'],
      events: [{ name: 'of a tracker' }, { name: 'without id' }, { name: 'of a client' }],
    });
    expect(await peopleOf(store, 'site', '')).toHaveLength(2);
    const live = await liveOf(store, 'site', undefined);
    expect([live.hits.length, live.refusals.length]).toEqual([6, 1]);

    // New hits have their agent in both tables, while a collector of the previous version still runs.
    await store.append((['browser', 'bot', 'server'] as const).map((agent) => event(agent, agent)));
    await insertAsBefore(server, database, [{ identity: 'ann', id: tracked(8), stamp: STAMP + 8, name: 'beside' }]);
    await startOldVersion([server], database);
    expect(await agentsOf(store)).toMatchObject({
      browser: 'browser',
      bot: 'bot',
      server: 'server',
      beside: 'browser',
    });
    for (const table of ['hits', 'arrivals']) {
      const marks = await server.ask(
        `SELECT name, agent FROM ${database}.${table} WHERE identity = 'ann' ORDER BY name`,
      );
      expect(marks).toBe('beside\t0\nbot\t2\nbrowser\t1\nserver\t3');
    }

    expect(await store.erase('site', 'bob')).toMatchObject({ hits: 5 });
    expect(await store.expire('site', T + 1)).toBe(5);
    expect(await hitsOf(store)).toEqual([]);
    await store.close();
  });

  test('get the number of this version and its views, and a later start of the previous version changes nothing back', async () => {
    const server = await clickHouseOfTest();
    const tablesOf = (database: string) =>
      server.ask(`SELECT name, engine FROM system.tables WHERE database = '${database}' ORDER BY name`);
    const [old, fresh] = [newDatabase(), newDatabase()];
    await startOldVersion([server], old);
    for (const database of [old, fresh]) {
      const store = await open(server.url(database));
      await store.keys();
      await store.close();
      // A collector of the previous version starts later.
      await startOldVersion([server], database);
      expect(await server.ask(`SELECT version FROM ${database}.versions`)).toBe('2');
      expect(await server.ask(`SELECT note FROM ${database}.hits_to_arrivals`)).toContain('older collectors');
    }
    expect(await tablesOf(old)).toBe(await tablesOf(fresh));
  });

  test('accept the spool of the previous version', async () => {
    const folder = await temporaryFolder();
    const away = await open(`clickhouse://127.0.0.1:${await freePort()}/spooled`, folder);
    const id = createHitId(T * 1000, 1, 'abcdefghij');
    const hit = event('tracked', 'bot');
    await away.append([{ ...hit, hit: { ...hit.hit, id } }, event('other', 'browser')]);
    await away.close();
    const spool = openDatabase(join(folder, 'spool.db'));
    spool.exec(`UPDATE batches SET hits = replace(replace(hits, ',"agent":1', ''), ',"agent":2', '')`);
    expect(spool.prepare("SELECT 1 FROM batches WHERE hits LIKE '%agent%'").all()).toEqual([]);
    spool.close();

    const server = await clickHouseOfTest();
    const store = await open(server.url('spooled'), folder);
    await store.append([event('new', 'bot')]);
    expect(await agentsOf(store)).toEqual({ tracked: 'browser', other: 'server', new: 'bot' });
    await store.close();
  });

  test.runIf(LONG)('are upgraded by several collectors at the same time', async () => {
    const server = await clickHouseOfTest();
    for (let round = 0; round < 10; round++) {
      const database = newDatabase();
      await startOldVersion([server], database);
      const old = await oldCollector(server, database);
      const stores = await Promise.all([1, 2, 3].map(() => open(server.url(database))));
      await Promise.all(stores.map((store, n) => store.append([event(`new ${n}`, 'bot')])));
      for (const store of stores) await expect.poll(() => store.keys().catch(() => [])).toEqual(['site']);
      await old.end();
      await expectMigrated([server], database, stores[0]!, old.sent(), 3);
      await Promise.all(stores.map((store) => store.close()));
    }
  });
});

/** A collector of the previous version, which forwards one hit at a time until it is ended. */
async function oldCollector(server: TestClickHouse, database: string, cluster?: string) {
  let count = 0;
  let going = true;
  const forwarding = (async () => {
    while (going) {
      const rows = [0, 1].map((n) => {
        const at = 2 * count + n;
        return { identity: `old${at % 10}`, id: tracked(at), stamp: STAMP + 1000 + at, name: `old ${at}` };
      });
      await insertAsBefore(server, database, rows, cluster);
      count += 1;
    }
  })();
  await expect.poll(() => count, { interval: 5 }).toBeGreaterThan(1);
  const end = async (): Promise<void> => {
    going = false;
    await forwarding;
  };
  return { sent: () => 2 * count, end };
}

/** Every hit is in both tables, `hits` and `arrivals`, and has its agent. */
async function expectMigrated(
  servers: TestClickHouse[],
  database: string,
  store: ClickHouseStore,
  old: number,
  marked: number,
): Promise<void> {
  const hits = await hitsOf(store);
  const names = [
    ...Array.from({ length: old }, (_, n) => `old ${n}`),
    ...Array.from({ length: marked }, (_, n) => `new ${n}`),
  ];
  expect(hits.map(({ name }) => name).sort()).toEqual(names.sort());
  expect(hits.filter(({ name, agent }) => agent !== (name!.startsWith('old') ? 'browser' : 'bot'))).toEqual([]);
  for (const server of servers) {
    const views = await server.ask(`
      SELECT name, engine FROM system.tables WHERE database = '${database}' AND name LIKE 'hits_to_arrivals%' ORDER BY name`);
    expect(views).toBe('hits_to_arrivals\tView\nhits_to_arrivals_2\tMaterializedView');
  }
}

/** Statements that change something. */
const CHANGES = /^\s*(CREATE|ALTER|DROP|INSERT)/;
/** Reports create their tables as soon as the upgrade is complete, perhaps before `keys` is answered: their statements do not count. */
const OF_REPORTS = /\breport_|\bADD INDEX\b/;

/** Proxies to servers. After `changes` statements that change something they pass on nothing, as after a kill of the collector. */
async function endsAfter(changes: number, servers: TestClickHouse[]) {
  let count = 0;
  let ended = false;
  const wayTo = async ({ port }: TestClickHouse): Promise<string> => {
    const proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const statement = body.toString();
        if (CHANGES.test(statement) && !OF_REPORTS.test(statement) && ++count > changes) ended = true;
        if (ended) return request.socket.destroy();
        const { url, method, headers } = request;
        const asked = httpRequest({ port, host: '127.0.0.1', path: url, method, headers }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        });
        asked.on('error', () => request.socket.destroy());
        asked.end(body);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    return `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  };
  return { hosts: await Promise.all(servers.map(wayTo)), ended: () => ended };
}

describe.skipIf(!findClickHouse())('an upgrade that is interrupted', () => {
  /**
   * Interrupts it after each of its statements, while a collector of the previous version runs.
   * @returns the number of statements
   */
  async function cutShortEverywhere(servers: TestClickHouse[], cluster?: string): Promise<number> {
    const url = (hosts: string[], database: string): string =>
      `clickhouse://${hosts.join(',')}/${database}${cluster === undefined ? '' : `?cluster=${cluster}`}`;
    for (let changes = 0; ; changes++) {
      const database = newDatabase();
      await startOldVersion(servers, database, cluster);
      const old = await oldCollector(servers.at(-1)!, database, cluster);
      const ways = await endsAfter(changes, servers);
      const folder = await temporaryFolder();
      const first = await open(url(ways.hosts, database), folder);
      const whole = await first.keys().then(
        () => true,
        () => false,
      );
      expect(ways.ended()).toBe(!whole);
      await first.append([event('new 0', 'bot')]);
      await first.close();
      const hosts = servers.map(({ host }) => host);
      const second = await open(url(hosts, database), folder);
      await second.append([event('new 1', 'bot')]);
      await second.keys();
      await old.end();
      await expectMigrated(servers, database, second, old.sent(), 2);
      await second.close();
      if (whole) return changes;
    }
  }

  test.runIf(LONG)(
    'continues at the next start, whichever statement was the last, and no hit is lost meanwhile',
    async () => {
      expect(await cutShortEverywhere([await clickHouseOfTest()])).toBeGreaterThan(15);
    },
  );

  // Takes two minutes, so it belongs to the long tests.
  test.runIf(process.env.KMQ_LONG && findClickHouseServer())('on one of two shards as well', async () => {
    const ports = [await freePort(), await freePort()];
    const servers = await Promise.all(ports.map((tcpPort) => clickHouseOfTest({ tcpPort, shards: ports })));
    expect(await cutShortEverywhere(servers, 'shards')).toBeGreaterThan(40);
  });
});

describe.skipIf(!findClickHouse())('tables of a newer version', () => {
  test('are refused with a sentence only when a collector starts', async () => {
    const server = await clickHouseOfTest();
    const database = newDatabase();
    const store = server.url(database);
    const before = await startCollector({ store });
    await before.send('/e?_k=site&_p=bob&_n=early');
    expect(await before.export()).toHaveLength(1);
    await server.ask(`INSERT INTO ${database}.versions (version) VALUES (3)`);

    const sentence = /made by a newer kmq \(version 3; this one knows 2\)/;
    const data = await temporaryFolder();
    const late = await startCollector({ store, data });
    await expect.poll(async () => (await late.send('/healthz')).status).toBe(503);
    expect((await late.send('/e?_k=site&_p=bob&_n=refused')).status).toBe(503);
    expect((await late.send('/api/v1/people/bob?key=site')).status).toBe(503);
    await late.close();
    const errors: unknown[] = [];
    const told = new ClickHouseStore({
      ...{ url: store, folder: data, counting: () => 'reference' as const },
      onError: (error) => errors.push(error),
    });
    await expect.poll(() => errors).toMatchObject([{ message: expect.stringMatching(sentence) as string }]);
    await expect(told.append([event('refused', 'bot')])).rejects.toThrow(sentence);
    await told.close();
    const exported = await run(['export', '--store', store]);
    expect(exported).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) as string });
    const imported = await run(
      ['import', '--store', store, '--data', data, '--key', 'site'],
      '{"_p":"a","_t":1e9,"_n":"x"}\n',
    );
    expect(imported).toMatchObject({ code: 1, err: expect.stringMatching(sentence) as string });

    // The running collectors are stopped one by one, and work until then.
    await before.send('/e?_k=site&_p=bob&_n=later');
    expect(await before.export()).toMatchObject([{ _n: 'early' }, { _n: 'later' }]);
  });
});
