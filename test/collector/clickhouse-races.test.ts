import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Components, peopleOf as peopleIn } from '../../src/collector/store/clickhouse/components.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { MarkedStatements } from '../../src/collector/store/clickhouse/running-statements.js';
import { PeopleReader } from '../../src/collector/store/clickhouse/people-reader.js';
import { Removal } from '../../src/collector/store/clickhouse/removal.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import { peopleOf } from '../support/answers.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import {
  clickHouseOfTest,
  findClickHouse,
  findClickHouseServer,
  newDatabase,
  startClickHouse,
  type TestClickHouse,
} from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';
import { beforeStatement } from '../support/before-statement.js';
import { KEY, temporaryFolder } from '../support/collector.js';

// What other collectors do while one of them removes somebody.

let server: TestClickHouse;
beforeAll(async () => {
  if (findClickHouse()) server = await startClickHouse();
});
afterAll(() => server?.stop());

/** Everything that a removal consists of, on its own database. */
async function parts() {
  const database = newDatabase();
  const address = parseAddress(server.url(database));
  const [nodes, tables] = [new Nodes(address), new Tables(address)];
  onTestFinished(() => nodes.close());
  await prepareTables(nodes, tables);
  const components = new Components(nodes, tables);
  const removal = new Removal(nodes, tables, components, new PeopleReader(nodes, tables, components));
  const ask = (sql: string): Promise<string> => server.ask(sql.replaceAll('{db}', database));
  return { database, address, nodes, tables, components, removal, ask };
}

describe.skipIf(!findClickHouse())('while somebody is removed', () => {
  test('a shortcut between two of their identities, which an older collector inserts, keeps no identity', async () => {
    const { database, ask } = await parts();
    const folder = await temporaryFolder();
    const store = new ClickHouseStore({ url: server.url(database), folder, counting: () => 'auto' });
    onTestFinished(() => store.close());
    await store.append([
      arrived({ person: 'cookie', event: 'x' }),
      arrived({ person: 'cookie', other: 'phone' }),
      arrived({ person: 'phone', other: 'bob' }),
    ]);
    expect(await peopleOf(store, KEY, '')).toHaveLength(1);
    beforeStatement(/\.identities DELETE/, () =>
      ask(`INSERT INTO {db}.edges VALUES ('${KEY}', 'cookie', 'bob'), ('${KEY}', 'bob', 'cookie')`),
    );
    expect((await store.erase(KEY, 'bob'))!.identities).toHaveLength(3);
    expect(await ask('SELECT count() FROM {db}.identities')).toBe('0');
    expect(await peopleOf(store, KEY, '')).toEqual([]);
  });

  test('by age, only those identities are remembered that a later query reads again', async () => {
    const { removal, ask } = await parts();
    const people = 21_000;
    await ask(`INSERT INTO {db}.identities SELECT '${KEY}', concat('id', toString(number)), minState(toUInt64(1)), maxState(toInt64(${NOON}))
      FROM (SELECT number FROM system.numbers LIMIT ${people}) GROUP BY number`);
    let largest = 0;
    class Measured<T> extends Set<T> {
      override add(value: T): this {
        super.add(value);
        largest = Math.max(largest, this.size);
        return this;
      }
    }
    vi.stubGlobal('Set', Measured);
    onTestFinished(() => void vi.unstubAllGlobals());
    await removal.expire(KEY, NOON + 1);
    expect(await ask('SELECT count() FROM {db}.identities')).toBe('0');
    // One query reads 20,000 identities.
    expect([largest > 0, largest <= 20_000]).toEqual([true, true]);
  });

  test('by age, old aliases of a collector that died before it said that they are stored are removed as well', async () => {
    const { removal, ask } = await parts();
    const alias = (stamp: number, source: number, person: string): Promise<string> =>
      ask(`INSERT INTO {db}.hits (site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings, agent)
        VALUES ('${KEY}', '${person}', 0, 'm${stamp}', ${stamp}, ${source}, 0, 2, '${person} 2', ${NOON}, ${NOON}, '[]', '[]', 1)`);
    const now = Date.now() * 1000;
    const hour = 3_600_000_000;
    // The first collector has said that its first hit is stored; the second one has never said anything; the third one is inserting.
    await ask(`INSERT INTO {db}.progress VALUES (1, ${now - 3 * hour})`);
    await alias(now - 3 * hour, 1, 'ann');
    await alias(now - 2 * hour, 1, 'bob');
    await alias(now - 2 * hour, 2, 'eve');
    await alias(now, 3, 'dan');
    expect(await removal.expire(KEY, NOON + 1)).toBe(3);
    expect(await ask('SELECT DISTINCT identity FROM {db}.identities ORDER BY identity')).toBe('dan\ndan 2');
  });

  test('by age, only hits that have arrived since the last time are read to find those of collectors that died', async () => {
    const { nodes, removal, ask } = await parts();
    const hits = 200_000;
    // One a minute, until now.
    await ask(`INSERT INTO {db}.arrivals (site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings, agent)
      SELECT '${KEY}', 'ann', 0, '', toUInt64(${Date.now() * 1000} - (${hits} - number) * 60000000), 1, 0, 0, 'x', ${NOON}, ${NOON}, '[]', '[]', 1
      FROM (SELECT number FROM system.numbers LIMIT ${hits})`);
    const asked: string[] = [];
    const rows = nodes.rows.bind(nodes);
    nodes.rows = (query: string) => {
      if (query.includes('.arrivals')) asked.push(query);
      return rows(query);
    };
    for (let n = 0; n < 2; n++) await removal.expire(KEY, NOON);
    const read = async (query: string): Promise<number> =>
      (JSON.parse(await ask(`${query} FORMAT JSON`)) as { statistics: { rows_read: number } }).statistics.rows_read;
    expect(asked).toHaveLength(2);
    expect(await read(asked[0]!)).toBeGreaterThan(hits * 0.9);
    // Two blocks of the table's index.
    expect(await read(asked[1]!)).toBeLessThanOrEqual(2 * 8192);
  });

  test('the aliases of somebody who comes back are compared in ClickHouse, and not read', async () => {
    const { nodes, removal, ask } = await parts();
    const identities = Array.from({ length: 2000 }, (_, n) => `id${n}`);
    const hit = (
      n: string,
      stamp: string,
    ): string => `SELECT '${KEY}', concat('id', toString(${n})), 0, concat('m', toString(number)),
      ${stamp}, 1, 0, 2, 'id0', ${NOON}, ${NOON}, '[]', '[]', 1 FROM (SELECT number FROM system.numbers LIMIT 1, 1999)`;
    const insert = (stamp: string): Promise<string> =>
      ask(`INSERT INTO {db}.hits (site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings, agent)
        ${hit('number', stamp)}`);
    await insert('toUInt64(number)');
    beforeStatement(/\.edges DELETE/, () => insert('toUInt64(10000 + number)'));
    let read = 0;
    const rows = nodes.rows.bind(nodes);
    nodes.rows = async <Row>(query: string) => {
      const found = await rows<Row>(query);
      read += found.length;
      return found;
    };
    await removal.erase(KEY, identities);
    expect(await ask('SELECT count() FROM (SELECT DISTINCT one, other FROM {db}.edges)')).toBe('3998');
    expect(read).toBeLessThan(100);
  });

  /** A person with six identities in a chain, whom a collector has looked up for shortcuts. */
  async function chain() {
    const all = await parts();
    const { database, components, ask } = all;
    const folder = await temporaryFolder();
    const store = new ClickHouseStore({ url: server.url(database), folder, counting: () => 'auto' });
    onTestFinished(() => store.close());
    // No collector adds the shortcuts by itself.
    const spy = vi.spyOn(Components.prototype, 'shorten').mockResolvedValue();
    await store.append(
      ['a b', 'b c', 'c d', 'd e', 'e f'].map((pair) => {
        const [person, other] = pair.split(' ') as [string, string];
        return arrived({ person, other });
      }),
    );
    expect((await peopleOf(store, KEY, ''))[0]!.identities).toHaveLength(6);
    await vi.waitFor(() => expect(spy).toHaveBeenCalled());
    spy.mockRestore();
    const graph = await components.reach(KEY, ['a']);
    const shorten = (): Promise<void> => components.shorten(KEY, peopleIn(graph));
    const edges = async (): Promise<number> => Number(await ask('SELECT count() FROM {db}.edges'));
    return { ...all, store, shorten, edges };
  }

  test('shortcuts that another collector has computed before are not added after', async () => {
    const { store, shorten, edges } = await chain();
    beforeStatement(/\.identities DELETE/, async () => {
      await store.append([arrived({ person: 'a', event: 'x' }), arrived({ person: 'c', other: 'd' })]);
      await store.keys();
      await shorten();
    });
    expect((await store.erase(KEY, 'f'))!.identities).toHaveLength(6);
    await shorten();
    expect(await edges()).toBe(2);
    const people = (await peopleOf(store, KEY, '')).map(({ identities }) => identities.toSorted());
    expect(people.toSorted()).toEqual([['a'], ['c', 'd']]);
  });

  test('shortcuts that another collector is adding are removed as well', async () => {
    const { store, shorten, edges, nodes } = await chain();
    await shorten();
    expect(await edges()).toBeGreaterThan(10);
    // The statement of another collector that takes long.
    const run = vi.spyOn(Nodes.prototype, 'run');
    onTestFinished(() => run.mockRestore());
    let slow: Promise<void> | undefined;
    beforeStatement(/\.edges DELETE/, async () => {
      run.mockImplementation(async function (this: Nodes, statement) {
        run.mockRestore();
        return this.run(statement.replace('WHERE toUInt32(pair.1)', 'WHERE sleep(2) = 0 AND toUInt32(pair.1)'));
      });
      slow = shorten();
      const running = `SELECT 1 AS one FROM system.processes WHERE position(query, concat('kmq adds ', 'shortcuts')) > 0`;
      await expect.poll(() => nodes.rows(running), { interval: 20 }).toHaveLength(1);
    });
    await store.erase(KEY, 'f');
    await slow;
    expect([await edges(), await peopleOf(store, KEY, '')]).toEqual([0, []]);
  });
});

test.runIf(findClickHouseServer())(
  'a removal on a cluster waits for statements of a node whose address the collector does not have',
  async () => {
    const ports = [await freePort(), await freePort()];
    const [one, other] = await Promise.all(ports.map((tcpPort) => clickHouseOfTest({ tcpPort, shards: ports })));
    const addressOf = ({ host }: TestClickHouse) => parseAddress(`clickhouse://default@${host}/spread?cluster=shards`);
    const [nodes, others] = [new Nodes(addressOf(one!)), new Nodes(addressOf(other!))];
    onTestFinished(() => Promise.all([nodes.close(), others.close()]).then(() => undefined));
    const statements = new MarkedStatements('kmq does some work');
    await other!.ask('CREATE TABLE default.t (a UInt8) ENGINE = Memory');
    let hasEnded = false;
    const work = others.run(statements.mark('INSERT INTO default.t SELECT sleep(2)')).then(() => (hasEnded = true));
    const running = `SELECT 1 AS one FROM system.processes WHERE position(query, concat('kmq does ', 'some work')) > 0`;
    await expect.poll(() => others.rows(running), { interval: 20 }).toHaveLength(1);
    await statements.ended(nodes, new Tables(addressOf(one!)));
    expect(hasEnded).toBe(true);
    await work;
  },
);

test.skipIf(!findClickHouseServer())(
  'an older node in the place of a newer one gets no setting that it does not know',
  async () => {
    // What the newer node has said about its settings.
    const newer = (statement: string): string => {
      const names = /system\.settings WHERE has\(\[(.*)\], name\)/s.exec(statement)?.[1];
      return names === undefined ? statement : `SELECT [${names}] AS names FORMAT JSONCompact`;
    };
    const { url, seen } = await proxyOf(server.url(newDatabase()), () => undefined, newer);
    const store = new ClickHouseStore({ url, folder: await temporaryFolder(), counting: () => 'auto' });
    onTestFinished(() => store.close());
    await store.append([arrived({ person: 'bob', event: 'x' })]);
    expect(await store.keys()).toEqual([KEY]);
    const settings = ({ searchParams }: URL) => [...searchParams.keys()];
    expect(seen.some((one) => settings(one).includes('data_type_default_nullable'))).toBe(true);
    expect(settings(seen.at(-1)!)).not.toContain('data_type_default_nullable');
  },
);
