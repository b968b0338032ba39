import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Components } from '../../src/collector/store/clickhouse/components.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { PeopleReader } from '../../src/collector/store/clickhouse/people-reader.js';
import { Removal } from '../../src/collector/store/clickhouse/removal.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedRefusal } from '../../src/collector/store/store.js';
import { peopleOf, personOf } from '../support/answers.js';
import { arrived } from '../support/arrived-hits.js';
import { clickHouseOfTest, findClickHouse, ON_CHDB, type TestClickHouse } from '../support/clickhouse.js';
import { smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { LONG } from '../support/long.js';
import { scrape } from '../support/metrics.js';

const T = 1_600_000_000;
const counting = () => 'reference' as const;

/** The tasks that a kill has left in the spool. */
function leave(folder: string, name: 'erasing' | 'expiring', value: unknown): void {
  const db = openDatabase(join(folder, 'spool.db'));
  db.prepare('INSERT INTO state VALUES (?, ?)').run(name, JSON.stringify(value));
  db.close();
}

function left(folder: string, name: string): unknown {
  const db = openDatabase(join(folder, 'spool.db'));
  const row = db.prepare('SELECT value FROM state WHERE name = ?').get(name) as { value: string } | undefined;
  db.close();
  return JSON.parse(row?.value ?? '[]');
}

describe.skipIf(!findClickHouse())('a removal from ClickHouse', () => {
  test('that was interrupted by a kill is finished by the next start, once ClickHouse can be reached', async () => {
    const server = await clickHouseOfTest();
    const data = await temporaryFolder();
    const options = { data, store: server.url('cut') };
    const first = await startCollector(options);
    await first.send('/a?_k=site&_p=cookie&_n=bob');
    await first.send('/e?_k=site&_p=bob&_n=x');
    await first.send('/e?_k=site&_p=ann&_n=x');
    await first.send('/e?_k=site&_p=b%6fb&_n=');
    await first.send('/e?_k=site&_p=ann&_n=');
    expect(await first.person('bob')).toBeDefined();
    await first.close();
    leave(data, 'erasing', [{ key: 'site', identities: ['cookie', 'bob'] }]);
    await server.kill();
    const second = await startCollector(options);
    await server.start();
    await expect.poll(() => left(data, 'erasing'), { interval: 200 }).toEqual([]);
    expect((await second.people('')).map(({ identities }) => identities)).toEqual([['ann']]);
    expect(await second.export()).toHaveLength(1);
    const { refusals } = await second.live(2);
    expect(refusals.map(({ request }) => request)).toEqual(['/e?_k=site&_p=ann&_n=']);
    expect(readFileSync(join(data, 'spool.db')).toString('latin1')).not.toMatch(/bob|b%6fb/);
  });

  test('that was asked for while ClickHouse did not answer is noted, which the answer says, and done later', async () => {
    const server = await clickHouseOfTest();
    const data = await temporaryFolder();
    const options = { data, store: server.url('asked') };
    const first = await startCollector(options);
    await first.send('/a?_k=site&_p=cookie&_n=bob%40example.com');
    for (const name of ['bob%40example.com', 'ann', 'eve']) await first.send(`/e?_k=site&_p=${name}&_n=x`);
    expect(await first.people('')).toHaveLength(3);
    await server.kill();
    const erase = async (id: string) => {
      const answer = await first.send(`/api/v1/person?key=site&id=${id}`, { method: 'DELETE' });
      return [answer.status, (await answer.json()) as unknown];
    };
    const noted = [
      503,
      {
        error: expect.stringMatching(
          /does not answer.* kmq has noted this request, and erases the person by itself\.$/,
        ) as string,
      },
    ];
    expect(await erase('bob%40example.com')).toEqual(noted);
    expect(await erase('bob%40example.com')).toEqual(noted);
    expect(await erase('nobody')).toEqual(noted);
    const unfinished = async () => (await scrape(first.origin)).get('kmq_erasures_unfinished');
    expect(await unfinished()).toBe(2);
    await server.start();
    await expect.poll(() => left(data, 'asked'), { interval: 200 }).toEqual([]);
    expect((await first.people('')).map(({ identities }) => identities).toSorted()).toEqual([['ann'], ['eve']]);
    expect(await unfinished()).toBe(0);
    expect(await erase('bob%40example.com')).toEqual([404, expect.anything()]);
    await server.kill();
    expect(await erase('ann')).toEqual(noted);
    await first.close();
    expect(left(data, 'asked')).toEqual([{ key: 'site', identity: 'ann' }]);
    await server.start();
    const second = await startCollector(options);
    await expect.poll(() => left(data, 'asked'), { interval: 200 }).toEqual([]);
    await expect.poll(async () => (await second.people('')).map(({ identities }) => identities)).toEqual([['eve']]);
    await expect
      .poll(() => ['spool.db', 'spool.db-wal'].map((name) => readFileSync(join(data, name)).toString('latin1')).join())
      .not.toMatch(/bob@example|nobody/);
  });

  test('says what is left while another program reads the spool, and empties its write-ahead log later', async () => {
    const server = await clickHouseOfTest();
    const data = await temporaryFolder();
    const collector = await startCollector({ data, store: server.url('read') });
    await collector.send('/e?_k=site&_p=bob&_n=secret-event');
    const reader = openDatabase(join(data, 'spool.db'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM batches').get();
    const response = await fetch(`${collector.origin}/api/v1/people/bob?key=site`, { method: 'DELETE' });
    expect([response.status, await response.json()]).toEqual([202, { identities: ['bob'], hits: 1, pending: ['log'] }]);
    const files = () =>
      ['spool.db', 'spool.db-wal'].map((name) => readFileSync(join(data, name)).toString('latin1')).join();
    expect(files()).toContain('secret-event');
    reader.close();
    await expect.poll(files).not.toContain('secret-event');
    await collector.send('/e?_k=site&_p=ann&_n=x');
    const again = await fetch(`${collector.origin}/api/v1/people/ann?key=site`, { method: 'DELETE' });
    expect([again.status, await again.json()]).toEqual([200, { identities: ['ann'], hits: 1 }]);
  });

  test('by age checks people without hits again after a kill', async () => {
    const server = await clickHouseOfTest();
    const folder = await temporaryFolder();
    const options = { url: server.url('aged'), folder, counting };
    const hit = (person: string, time: number) => ({
      received: time,
      agent: 'browser' as const,
      hit: {
        ...({ kind: 'event', key: 'site', person, name: 'x', time, sent: time, id: null } as const),
        ...{ properties: [], warnings: [] },
      },
    });
    const first = new ClickHouseStore(options);
    await first.append([hit('old', T), hit('new', T + 100)]);
    expect(await peopleOf(first, 'site', '', 10)).toHaveLength(2);
    await first.close();
    await server.ask("ALTER TABLE aged.hits DELETE WHERE identity = 'old'");
    await expect.poll(() => server.ask('SELECT count() FROM aged.hits')).toBe('1');
    leave(folder, 'expiring', ['site']);
    const second = new ClickHouseStore(options);
    expect(await second.expire('site', T + 50)).toBe(0);
    expect((await peopleOf(second, 'site', '', 10)).map(({ identities }) => identities)).toEqual([['new']]);
    expect(left(folder, 'expiring')).toEqual([]);
    await second.close();
  });

  test('by age leaves the write-ahead log of the spool alone if nobody was removed', async () => {
    const server = await clickHouseOfTest();
    const folder = await temporaryFolder();
    const store = new ClickHouseStore({ url: server.url('nothing'), folder, counting });
    onTestFinished(() => store.close());
    await store.append([arrived({ person: 'ann', time: T })]);
    expect(await peopleOf(store, 'site', '', 10)).toHaveLength(1);
    expect(await store.expire('site', T - 100)).toBe(0);
    expect(readFileSync(join(folder, 'spool.db-wal')).length).toBeGreaterThan(0);
  });

  test('by age removes refused requests of a site, and begins no mutation if there are none', async () => {
    const server = await clickHouseOfTest();
    const store = new ClickHouseStore({ url: server.url('refused'), folder: await temporaryFolder(), counting });
    onTestFinished(() => store.close());
    const refused = (request: string, received: number, key: string | null = 'site'): ArrivedRefusal => ({
      refusal: { key, received, reason: ['no-name'], request },
    });
    await store.append([
      refused('old', T),
      refused('young', T + 50),
      refused('old', T + 49),
      refused('of another', T, 'other'),
      refused('of none', T, null),
    ]);
    const left = () =>
      server.ask('SELECT request FROM refused.refusals ORDER BY stamp').then((text) => text.split('\n'));
    const mutations = () => server.ask("SELECT count() FROM system.mutations WHERE database = 'refused'");
    expect(await store.expireRefusals('site', T)).toBe(0);
    expect(await mutations()).toBe('0');
    expect(await store.expireRefusals('site', T + 50)).toBe(2);
    expect(await left()).toEqual(['young', 'of another', 'of none']);
    expect(await store.expireRefusals(null, T + 50)).toBe(1);
    expect(await left()).toEqual(['young', 'of another']);
    expect(await mutations()).toBe('2');
    expect(await store.expireRefusals('site', T + 50)).toBe(0);
    expect(await store.expireRefusals("o'ther", T + 50)).toBe(0);
    expect(await mutations()).toBe('2');
  });

  test('by age keeps who comes back between the check and the removal', async () => {
    const server = await clickHouseOfTest();
    const address = parseAddress(server.url('back'));
    const insert = (person: string, kind: number, name: string, time: number, stamp: number) =>
      server.ask(`INSERT INTO back.hits (site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings, agent)
        VALUES ('site', '${person}', ${time}, 'i${stamp}', ${stamp}, 1, 1, ${kind}, '${name}', ${time}, ${time}, '[]', '', 1)`);
    const between = new (class extends Nodes {
      override async everywhere(statement: string): Promise<void> {
        if (/identities DELETE/.test(statement)) await insert('ann', 0, 'x', T + 100, 2);
        return super.everywhere(statement);
      }
    })(address);
    onTestFinished(() => between.close());
    const tables = new Tables(address);
    await prepareTables(between, tables);
    await insert('cookie', 2, 'ann', T, 1);
    const people = new PeopleReader(between, tables, new Components(between, tables));
    const removal = new Removal(between, tables, new Components(between, tables), people);
    await server.ask('INSERT INTO back.progress VALUES (1, 1)');
    expect(await removal.expire('site', T + 50)).toBe(1);
    expect(await server.ask('SELECT identity FROM back.hits')).toBe('ann');
    expect(await server.ask('SELECT DISTINCT identity FROM back.identities')).toBe('ann');
  });

  test.each(['hits', 'arrivals', 'edges', 'identities'])(
    'by age keeps what arrives before it removes rows of %s: an old alias with a young event, or an alias of somebody else',
    async (table) => {
      const server = await clickHouseOfTest();
      const folder = await temporaryFolder();
      const store = new ClickHouseStore({ url: server.url('import'), folder, counting });
      onTestFinished(() => store.close());
      const alias = (person: string, other: string, time = T) => arrived({ person, other, time });
      const event = (person: string, time = T) => arrived({ person, event: 'x', time });
      // Each pair is one person, all of whose hits are old.
      const pairs = ['ann', 'bob', 'eve', 'dan'].flatMap((name) => [event(name), alias(`${name} cookie`, name)]);
      await store.append([...pairs, event('other', T + 100)]);
      expect(await peopleOf(store, 'site', '', 10)).toHaveLength(5);
      const spy = vi.spyOn(Nodes.prototype, 'everywhere');
      onTestFinished(() => spy.mockRestore());
      spy.mockImplementation(async function (this: Nodes, statement) {
        // After the old events were removed, when the people were checked.
        if (statement.includes(`.${table} DELETE`) && !statement.includes('kind <> 2')) {
          spy.mockRestore();
          await store.append([alias('ann cookie', 'ann'), alias('ann phone', 'ann'), event('ann', T + 200)]);
          await store.append([event('bob', T + 200), alias('other', 'eve', T + 200)]);
          await peopleOf(store, 'site', '', 10);
        }
        return this.onEach((node) => node.run(statement));
      });
      expect(await store.expire('site', T + 50)).toBe(8);
      const expected = [['ann', 'ann cookie', 'ann phone'], ['bob'], ['eve', 'other']];
      const people = async () =>
        (await peopleOf(store, 'site', '', 10)).map(({ identities }) => identities.toSorted()).sort();
      expect(await people()).toEqual(expected);
      for (const [name] of expected) expect((await personOf(store, 'site', name!))!.identities).toContain(name);
      expect(await store.expire('site', T + 50)).toBe(0);
      expect(await people()).toEqual(expected);
    },
  );

  test('by age reads the second time only people who lose hits or whose aliases become too old', async () => {
    const server = await clickHouseOfTest();
    const store = new ClickHouseStore({ url: server.url('again'), folder: await temporaryFolder(), counting });
    onTestFinished(() => store.close());
    const alias = (person: string, other: string, time = T) => arrived({ person, other, time });
    const event = (person: string, time: number) => arrived({ person, event: 'x', time });
    const people = Array.from({ length: 500 }, (_, n) => [
      event(`cookie${n}`, T + (n < 5 ? 50 : 0)),
      alias(`cookie${n}`, `p${n}`, T + (n === 9 ? 50 : 0)),
      event(`p${n}`, T + (n < 10 ? 50 : 500)),
    ]).flat();
    await store.append(people);
    let read = 0;
    const rows = vi.spyOn(Nodes.prototype, 'rows');
    onTestFinished(() => rows.mockRestore());
    rows.mockImplementation(async function <Row>(this: Nodes, query: string) {
      const [found] = (await this.rowsEverywhere<Row>(query)) as [Row[]];
      // Not those of a filler of reports, which computes the numbers of identities.
      if (/\.(hits|identities|edges)\b/.test(query) && !query.includes('sipHash64')) read += found.length;
      return found;
    });
    const expire = async (before: number) => {
      read = 0;
      return [await store.expire('site', before), read];
    };
    expect(await expire(T + 50)).toEqual([495, expect.any(Number)]);
    expect(read).toBeGreaterThan(1000);
    // Ten people lose all they have.
    expect(await expire(T + 51)).toEqual([25, expect.any(Number)]);
    expect(read).toBeLessThan(100);
    await store.append([alias('new', 'nobody')]);
    expect(await expire(T + 51)).toEqual([1, expect.any(Number)]);
    expect(read).toBeLessThan(100);
    expect(await peopleOf(store, 'site', '', 1000)).toHaveLength(490);
  });

  test.runIf(LONG)('by age checks a person once, in however many queries their identities are read', async () => {
    const server = await clickHouseOfTest();
    const address = parseAddress(server.url('large'));
    const nodes = new Nodes(address);
    const tables = new Tables(address);
    await prepareTables(nodes, tables);
    // One person with 45,000 identities and without hits.
    const identities = 45_000;
    await server.ask(`INSERT INTO large.identities SELECT 'site', concat('id', toString(number)), minState(toUInt64(1)), maxState(toInt64(${T}))
      FROM (SELECT number FROM system.numbers LIMIT ${identities}) GROUP BY number`);
    for (const [one, other] of ["'id0', concat('id', toString(number))", "concat('id', toString(number)), 'id0'"].map(
      (pair) => pair.split(/, (?=c|'id0'$)/),
    )) {
      await server.ask(
        `INSERT INTO large.edges SELECT 'site', ${one}, ${other} FROM system.numbers LIMIT 1, ${identities - 1}`,
      );
    }
    let asked = 0;
    const rows = nodes.rows.bind(nodes);
    nodes.rows = (query: string) => {
      if (query.includes('.edges')) asked += 1;
      return rows(query);
    };
    const components = new Components(nodes, tables);
    const removal = new Removal(nodes, tables, components, new PeopleReader(nodes, tables, components));
    await removal.expire('site', T + 1);
    // Ten thousand identities in each query: two queries for the people of the first page, and one for all others.
    expect(asked).toBeLessThanOrEqual(2 + 5);
    expect(await server.ask('SELECT count() FROM large.identities')).toBe('0');
    expect(await server.ask('SELECT count() FROM large.edges')).toBe('0');
    await nodes.close();
  });
});

describe.runIf(ON_CHDB)('a mutation that does not end', () => {
  const limits = { failing: 300, still: 3000 };
  const hit = (person: string, time = T) => arrived({ person, event: 'Came', time });

  interface Watched {
    patience?: ConstructorParameters<typeof Removal>[4];
    /** Answers in place of the nodes whether they know a mutation; undefined to let them answer. */
    known?: () => Promise<never[][] | undefined>;
  }

  /** A removal, and how often it has looked for mutations that are not completed. */
  function removalOn(server: TestClickHouse, database: string, { patience, known }: Watched = {}) {
    const address = parseAddress(server.url(database));
    const [nodes, tables] = [new Nodes(address), new Tables(address)];
    onTestFinished(() => nodes.close());
    const seen = { looks: 0 };
    const rows = nodes.rowsEverywhere.bind(nodes);
    nodes.rowsEverywhere = async (query: string) => {
      if (query.includes('is_done = 0')) seen.looks += 1;
      const answer = query.includes('mutation_id IN') ? await known?.() : undefined;
      return answer ?? rows(query);
    };
    const components = new Components(nodes, tables);
    const removal = new Removal(nodes, tables, components, new PeopleReader(nodes, tables, components), patience);
    return { removal, seen };
  }

  /** A store with Ann and Bob, and the errors that it has reported. */
  async function storeWithTwo(server: TestClickHouse, database: string) {
    const errors: string[] = [];
    const store = new ClickHouseStore({
      ...{ url: server.url(database), folder: await temporaryFolder(), counting, mutationLimits: limits },
      onError: (error) => errors.push((error as Error).message),
    });
    onTestFinished(() => store.close().catch(() => undefined));
    await store.append([hit('ann'), hit('bob')]);
    expect(await peopleOf(store, 'site', '', 10)).toHaveLength(2);
    const waiting = (): Promise<string> =>
      server.ask(`SELECT count() FROM system.mutations WHERE database = '${database}' AND NOT is_done`);
    const names = async (): Promise<unknown> =>
      (await peopleOf(store, 'site', '', 10)).map(({ identities }) => identities[0]).sort();
    return { store, errors, waiting, names };
  }

  test('is reported with its cause to whoever erases, kmq begins no second one, and the erasure continues after its end', async () => {
    const server = await clickHouseOfTest();
    const { store, errors, waiting, names } = await storeWithTwo(server, 'failing');
    await server.ask("ALTER TABLE failing.hits DELETE WHERE throwIf(stamp > 0, 'The disk of an owner is full') = 1");
    const said =
      /^ClickHouse does not complete the mutation (mutation_\d+\.txt) of failing\.hits, .*The disk of an owner is full.*KILL MUTATION WHERE .* Then kmq continues by itself\.$/s;
    await expect(store.erase('site', 'bob')).rejects.toThrow(said);
    // kmq tries the erasure again after five seconds, and reports nothing new.
    await expect.poll(() => errors).toEqual([expect.stringMatching(said)]);
    await expect(store.expire('site', T - 1)).rejects.toThrow(said);
    expect(await waiting()).toBe('1');
    // Hits are stored meanwhile, and reports include them.
    await store.append([hit('eve')]);
    const counted = "SELECT count() FROM failing.report_hits WHERE event = 'came'";
    await expect.poll(() => server.ask(counted)).toBe('3');
    await server.ask(/KILL MUTATION WHERE [^)]*/.exec(errors[0]!)![0]);
    await expect.poll(names).toEqual(['ann', 'eve']);
    await expect.poll(() => server.ask(counted)).toBe('2');
    expect(await store.expire('site', T + 1)).toBe(2);
    expect([errors.length, await waiting()]).toEqual([1, '0']);
  });

  test('is reported after a longer time if ClickHouse says no cause', async () => {
    const server = await clickHouseOfTest();
    const { store, names } = await storeWithTwo(server, 'still');
    await server.ask('SYSTEM STOP MERGES still.arrivals');
    await expect(store.erase('site', 'bob')).rejects.toThrow(
      /the mutation mutation_\d+\.txt of still\.arrivals, .*: it made no progress for 0 minutes\. /,
    );
    await server.ask('SYSTEM START MERGES still.arrivals');
    await expect.poll(names).toEqual(['ann']);
  });

  test('that kmq has begun and somebody kills is not taken for a removal', async () => {
    const server = await clickHouseOfTest();
    const { store, names } = await storeWithTwo(server, 'killed');
    const { removal, seen } = removalOn(server, 'killed');
    await server.ask('SYSTEM STOP MERGES killed.hits');
    const erased = expect(removal.erase('site', ['bob'])).rejects.toThrow('kmq begins it again');
    // By then `removal` has seen its mutation.
    await expect.poll(() => seen.looks).toBeGreaterThan(1);
    await server.ask("KILL MUTATION WHERE database = 'killed' AND table = 'hits'");
    await erased;
    await server.ask('SYSTEM START MERGES killed.hits');
    expect(await server.ask('SELECT count() FROM killed.hits')).toBe('2');
    await store.erase('site', 'ann');
    await removal.erase('site', ['bob']);
    expect([await server.ask('SELECT count() FROM killed.hits'), await names()]).toEqual(['0', []]);
  });

  test('of a removal that has failed is not taken for done by the next removal: the people may have come back', async () => {
    const server = await clickHouseOfTest();
    const { store, names } = await storeWithTwo(server, 'failed');
    const patience = { failing: 60_000, still: 100 };
    // As if ClickHouse had forgotten each mutation that it has completed.
    const { removal, seen } = removalOn(server, 'failed', { patience, known: () => Promise.resolve([[]]) });
    await server.ask('SYSTEM STOP MERGES failed.hits');
    await expect(removal.erase('site', ['bob'])).rejects.toThrow('it made no progress');
    await server.ask('SYSTEM START MERGES failed.hits');
    await expect.poll(() => server.ask('SELECT count() FROM failed.hits')).toBe('1');
    await store.append([hit('bob')]);
    expect(await peopleOf(store, 'site', 'bob', 10)).toHaveLength(1);
    patience.still = 60_000;
    await removal.ready();
    await server.ask('SYSTEM STOP MERGES failed.hits');
    seen.looks = 0;
    const erased = removal.erase('site', ['ann']);
    await expect.poll(() => seen.looks).toBeGreaterThan(1);
    await server.ask('SYSTEM START MERGES failed.hits');
    await erased;
    expect(await names()).toEqual(['bob']);
  });

  test('that ClickHouse has completed and forgotten is taken for done', async () => {
    const server = await clickHouseOfTest();
    const { names } = await storeWithTwo(server, 'forgotten');
    await server.ask(
      'ALTER TABLE forgotten.hits MODIFY SETTING finished_mutations_to_keep = 1, merge_tree_clear_old_temporary_directories_interval_seconds = 1',
    );
    const known = "SELECT count() FROM system.mutations WHERE database = 'forgotten' AND table = 'hits'";
    const { removal, seen } = removalOn(server, 'forgotten', {
      // ClickHouse forgets the first of two mutations.
      known: async () => {
        await expect.poll(() => server.ask(known), { timeout: 200_000, interval: 500 }).toBe('1');
        return undefined;
      },
    });
    await server.ask('SYSTEM STOP MERGES forgotten.hits');
    const erased = removal.erase('site', ['bob']);
    await expect.poll(() => seen.looks).toBeGreaterThan(1);
    await server.ask("ALTER TABLE forgotten.hits DELETE WHERE identity = 'nobody'");
    await server.ask('SYSTEM START MERGES forgotten.hits');
    await erased;
    expect([await server.ask('SELECT count() FROM forgotten.hits'), await names()]).toEqual(['1', ['ann']]);
  });
});

describe.skipIf(!findClickHouse())('a spool on a full disk', () => {
  test.runIf(LONG)(
    'is emptied when ClickHouse can be reached again, and then accepts hits again by itself',
    async (context) => {
      const data = await smallDisk(16);
      if (!data) return context.skip('no file system can be mounted here');
      const server = await clickHouseOfTest();
      const collector = await startCollector({ data, store: server.url('full') });
      await collector.send('/e?_k=site&_p=bob&_n=first&_i=first');
      await server.kill();
      const acknowledged = ['first'];
      for (let n = 0, refused = 0; refused < 5; n++) {
        const answer = await collector.send(`/e?_k=site&_p=bob&_n=n&_i=i${n}&filler=${'x'.repeat(3000)}`);
        if (answer.status === 200) acknowledged.push(`i${n}`);
        else refused += 1;
      }
      try {
        for (;;) appendFileSync(join(data, 'ballast'), Buffer.alloc(4096));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
      await server.start();
      await expect
        .poll(async () => (await collector.send('/e?_k=site&_p=bob&_n=n&_i=after')).status, { interval: 500 })
        .toBe(200);
      const ids = (await collector.export()).map(({ _i }) => _i);
      expect(ids.filter((id) => id !== 'after')).toEqual(acknowledged);
      rmSync(join(data, 'ballast'));
      return undefined;
    },
  );
});
