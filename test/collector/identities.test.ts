import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Kind } from '../../src/protocol/interpret.js';
import { IDENTITIES_OF_A_PERSON } from '../../src/protocol/limits.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { EmbeddedWriter } from '../../src/collector/store/embedded/writer.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { undoToSchema2 } from '../support/old-schema.js';
import { liveOf, personOf } from '../support/answers.js';
import { clientOf, KEY, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve } from '../support/command.js';
import { openFolder, run, storedHits } from '../support/transfer.js';
import { LONG } from '../support/long.js';
import { inDatabase } from '../support/store-files.js';

const T = 1_400_000_000;
const FULL = IDENTITIES_OF_A_PERSON;

const hit = (person: string, name: string | null, kind: Kind, time = T): ArrivedHit => ({
  hit: { kind, key: KEY, person, name, time, sent: time, id: null, properties: [['a', '1']], warnings: [] },
  received: T,
  agent: 'browser',
});
const alias = (person: string, name: string): ArrivedHit => hit(person, name, 'alias');

/** A person with so many identities, one of which is the hub: one visitor after the other is identified by the same name. */
const visitorsOf = (hub: string, size: number): ArrivedHit[] =>
  Array.from({ length: size - 1 }, (_, n) => alias(`${hub}-${n}`, hub));

/** A folder whose store has such people, by the name of their hub. */
async function folderWith(people: Record<string, number>): Promise<string> {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting: () => 'auto' });
  for (const [hub, size] of Object.entries(people)) await store.append(visitorsOf(hub, size));
  await store.close();
  return folder;
}

/** Makes a person larger than the limit, as the previous version could: the migration counts the sizes. */
function enlargeBefore(folder: string, hub: string, size: number): void {
  inDatabase(folder, (db) => {
    undoToSchema2(db);
    db.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${size})
    INSERT INTO identities (site, identity, person)
      SELECT site, identity || '-old-' || n, person FROM identities, numbers WHERE identity = '${hub}'
        AND n <= ${size} - (SELECT count(*) FROM identities WHERE person = (SELECT person FROM identities WHERE identity = '${hub}'))`);
  });
}

/** The sizes of people in the store, and the sizes by counting. */
function sizesOf(folder: string): { kept: unknown; counted: unknown } {
  return inDatabase(folder, (db) => ({
    kept: db.prepare('SELECT person, identities FROM people ORDER BY person').all(),
    counted: db
      .prepare(
        `SELECT person, count(*) AS identities FROM identities WHERE person > 0 GROUP BY person HAVING count(*) > 1 ORDER BY person`,
      )
      .all(),
  }));
}

const codeCount = async (collector: Pick<TestCollector, 'send'>, line: string): Promise<number> => {
  const text = await (await collector.send('/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))!
      .slice(line.length),
  );
};

describe('an alias that would give a person too many identities', () => {
  test('is refused with a reason: in Live, in the metrics, and nowhere else', async () => {
    const data = await folderWith({ everyone: FULL, large: 6000, other: 6000 });
    const collector = await startCollector({ data });
    expect((await collector.send(`/e?_k=site&_p=ann&_n=Visited`)).status).toBe(200);
    for (const [one, two] of [
      ['ann', 'everyone'],
      ['everyone', 'ann'],
      ['nobody yet', 'everyone-7'],
      ['large', 'other-3'],
    ] as const) {
      const response = await collector.send(`/a?_k=site&_p=${one}&_n=${two}&_t=${T}&_i=h-${one}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/gif']);
    }
    // The latest hundred hits, and the refusals.
    const { refusals } = await collector.live(100 + 4);
    expect(refusals.map(({ code, request }) => [code, request])).toEqual([
      ['too-many-identities', `/a?_k=site&_p=ann&_n=everyone&_t=${T}&_i=h-ann`],
      ['too-many-identities', `/a?_k=site&_p=everyone&_n=ann&_t=${T}&_i=h-everyone`],
      ['too-many-identities', `/a?_k=site&_p=nobody%20yet&_n=everyone-7&_t=${T}&_i=h-nobody%20yet`],
      ['too-many-identities', `/a?_k=site&_p=large&_n=other-3&_t=${T}&_i=h-large`],
    ]);
    expect(refusals[0]!.reason).toContain(String(FULL));
    expect(await codeCount(collector, 'kmq_hits_refused_total{code="too-many-identities"} ')).toBe(4);
    expect(await codeCount(collector, 'kmq_hits_accepted_total{kind="alias"} ')).toBe(0);
    const aliases = FULL - 1 + 2 * (6000 - 1);
    expect(await collector.export()).toHaveLength(aliases + 1);
    expect((await collector.person('ann'))!.identities).toEqual(['ann']);
    expect(await collector.person('nobody yet')).toBeUndefined();
    expect((await collector.person('everyone'))!.identities).toHaveLength(FULL);

    // An alias of two identities of one person is accepted, and so are the person's hits.
    await collector.send('/a?_k=site&_p=everyone-1&_n=everyone-2&_i=same');
    await collector.send('/e?_k=site&_p=everyone&_n=Visited');
    await collector.send('/s?_k=site&_p=everyone-1&plan=free');
    // The last one that fits.
    await collector.send('/a?_k=site&_p=large&_n=last');
    expect(await codeCount(collector, 'kmq_hits_refused_total{code="too-many-identities"} ')).toBe(4);
    expect(await collector.person('everyone')).toMatchObject({ events: [{ name: 'Visited' }] });
    expect((await collector.person('last'))!.identities).toHaveLength(6001);
  });

  test('is refused for people who are too large already, who stay as they are, also after a restart', async () => {
    const data = await folderWith({ everyone: 10 });
    enlargeBefore(data, 'everyone', 3 * FULL);
    for (let n = 0; n < 2; n++) {
      const collector = await startCollector({ data });
      await collector.send(`/a?_k=site&_p=more&_n=everyone&_i=m${n}`);
      await collector.send(`/a?_k=site&_p=everyone-old-1&_n=everyone-old-2&_i=s${n}`);
      expect(await codeCount(collector, 'kmq_hits_refused_total{code="too-many-identities"} ')).toBe(1);
      expect((await collector.person('everyone-3'))!.identities).toHaveLength(3 * FULL);
      expect(await collector.person('more')).toBeUndefined();
      await collector.close();
    }
    expect(sizesOf(data).kept).toEqual(sizesOf(data).counted);
  });

  test('is counted once in the metrics of several processes', async () => {
    const data = await folderWith({ everyone: FULL });
    const command = await serve(['--data', data, '--processes', '3', '--log-level', 'info']);
    await expect.poll(() => command.log.filter((line) => line.includes('Server listening')).length).toBe(3);
    const collector = clientOf(command.origin);
    const init = { headers: { connection: 'close' } };
    // Each request has an alias that is refused and two hits that are accepted, and several requests are in one commit.
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const lines = [`/e?_k=site&_p=p${n}&_n=x`, `/a?_k=site&_p=p${n}&_n=everyone`, `/a?_k=site&_p=p${n}&_n=q${n}`];
        return collector.send('/b', { method: 'POST', body: lines.slice(n % 2).join('\n'), ...init });
      }),
    );
    expect(await codeCount(collector, 'kmq_hits_refused_total{code="too-many-identities"} ')).toBe(30);
    expect(await codeCount(collector, 'kmq_hits_accepted_total{kind="alias"} ')).toBe(30);
    expect(await codeCount(collector, 'kmq_hits_accepted_total{kind="event"} ')).toBe(15);
    expect((await collector.live(100 + 30)).refusals).toHaveLength(30);
  });

  test('is told to an import once, although the disk is full at the first attempts to commit', async () => {
    const store = new EmbeddedStore({ folder: await folderWith({ everyone: FULL }), counting: () => 'auto' });
    const { StatementSync } = process.getBuiltinModule('node:sqlite');
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its statement
    const { run } = StatementSync.prototype;
    let full = 3;
    vi.spyOn(StatementSync.prototype, 'run').mockImplementation(function (this: StatementSync, ...parameters) {
      if (this.sourceSQL === 'COMMIT' && full-- > 0)
        throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
      return run.apply(this, parameters);
    });
    const told: unknown[] = [];
    const entries = [alias('ann', 'bob'), alias('ann', 'everyone')];
    await store.appendWithBookmarks(entries, [], (refused) => told.push(...refused));
    vi.restoreAllMocks();
    expect(told).toEqual([{ entry: 1, reason: ['too-many-identities'] }]);
    expect(full).toBeLessThan(1);
    expect((await storedHits(store)).filter(({ person }) => person === 'ann')).toHaveLength(1);
    await store.close();
  });

  test.runIf(LONG)(
    'is a rejected line of an import, which continues; and another store accepts all lines of an export',
    async () => {
      const folder = await temporaryFolder();
      const [raw, csv] = [join(folder, 'aliases.json'), join(folder, 'both.csv')];
      const [data, rejects] = [join(folder, 'data'), join(folder, 'rejects')];
      const lines = visitorsOf('everyone', FULL + 3).map(({ hit }) => hit);
      writeFileSync(raw, lines.map(({ person, name }) => JSON.stringify({ _p: person, _p2: name, _t: T })).join('\n'));
      const to = ['--key', KEY, '--data', data, '--rejects', rejects];
      const first = await run(['import', raw, ...to]);
      expect(first.code).toBe(2);
      for (const line of [FULL, FULL + 1, FULL + 2]) expect(first.err).toMatch(new RegExp(`:${line}: The alias would`));
      expect(first.err).toContain(`Lines read: ${FULL + 2}; hits imported: ${FULL - 1}; lines rejected: 3.`);

      writeFileSync(
        csv,
        `Identity,Timestamp,Event,Alias\nann,${T},Visited,bob\nann,${T},Paid,everyone\nann,${T + 1},Paid,bob\n`,
      );
      const second = await run(['import', csv, ...to]);
      expect(second).toMatchObject({ code: 2, out: '' });
      expect(second.err).toMatch(/:3: The alias would .*The rest of the line is stored\./);
      expect(second.err).toContain('hits imported: 5; lines rejected: 1.');
      const store = openFolder(data);
      expect((await storedHits(store)).filter(({ person }) => person === 'ann').map(({ name }) => name)).toEqual([
        'Visited',
        'bob',
        'Paid',
        'Paid',
        'bob',
      ]);
      expect((await liveOf(store, KEY, undefined, 1)).refusals).toEqual([]);
      await store.close();

      const exported = await run(['export', '--data', data]);
      const moved = await run(['import', '--data', join(folder, 'moved')], exported.out);
      expect(moved).toMatchObject({ code: 0, err: expect.stringContaining('rejected: 0.') as string });
    },
  );
});

describe('the sizes of people', () => {
  const identity = fc.integer({ min: 0, max: 15 }).map((n) => `id${n}`);
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('alias' as const), one: identity, other: identity }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('event' as const), one: identity, days: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('erase' as const), one: identity }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), days: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  );

  test('are the counted ones, after any aliases, erasures, expiries and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
        const folder = await temporaryFolder();
        const open = (): EmbeddedStore => new EmbeddedStore({ folder, counting: () => 'auto' });
        let store = open();
        for (const [at, one] of steps.entries()) {
          if (one.kind === 'alias') {
            await store.append([hit(one.one, one.other, 'alias', T + (at % 6))]);
          } else if (one.kind === 'event') await store.append([hit(one.one, `n${at}`, 'event', T + one.days)]);
          else if (one.kind === 'erase') await store.erase(KEY, one.one);
          else if (one.kind === 'expire') await store.expire(KEY, T + one.days);
          else {
            await store.close();
            store = open();
          }
          const { kept, counted } = sizesOf(folder);
          expect(kept).toEqual(counted);
        }
        await store.close();
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test('do not depend on the order of the aliases, and neither do the people', async () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }));
    const orders = fc
      .array(pair, { maxLength: 30, size: 'max' })
      .chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })));
    const folder = await temporaryFolder();
    const store = openFolder(folder);
    let site = 0;
    await fc.assert(
      fc.asyncProperty(orders, async (both) => {
        const people: string[] = [];
        for (const pairs of both) {
          const key = `site${site++}`;
          // The two identities of an alias are also swapped.
          const entries = pairs.map(([one, other], n) =>
            people.length && n % 2 ? alias(`${other}`, `${one}`) : alias(`${one}`, `${other}`),
          );
          await store.append(entries.map(({ hit, ...arrival }) => ({ hit: { ...hit, key }, ...arrival })));
          const ids = [...new Set(pairs.flat().map(String))];
          const persons = await Promise.all(ids.map((id) => personOf(store, key, id)));
          people.push(JSON.stringify(persons.map((person) => person!.identities.toSorted()).toSorted()));
        }
        expect(people[0]).toBe(people[1]);
      }),
      { numRuns: 30 },
    );
    expect(sizesOf(folder).kept).toEqual(sizesOf(folder).counted);
  });
});

interface Cost {
  statements: number;
  rows: number;
}

/** A database that counts its queries. `read`: how SQLite finds the rows that were read and not changed. */
function counted(db: Database): { db: Database; begin: () => void; take: () => Cost; read: () => string[] } {
  const asked = new Set<string>();
  let statements = 0;
  let rows = 0;
  const counting: Database = {
    exec: (sql) => db.exec(sql),
    function: (...parameters) => db.function(...parameters),
    close: () => db.close(),
    prepare(sql) {
      const statement = db.prepare(sql);
      return {
        run(...parameters) {
          statements += 1;
          const result = statement.run(...parameters);
          if (!/^(BEGIN|COMMIT|ROLLBACK)/.test(sql)) rows += Number(result.changes);
          return result;
        },
        get(...parameters) {
          statements += 1;
          asked.add(sql);
          return statement.get(...parameters);
        },
        all(...parameters) {
          const all = statement.all(...parameters);
          statements += 1;
          asked.add(sql);
          rows += all.length;
          return all;
        },
        iterate: (...parameters) => statement.iterate(...parameters),
      };
    },
  };
  const take = () => {
    const answer = { statements, rows };
    statements = rows = 0;
    return answer;
  };
  const read = () =>
    [...asked].flatMap((sql) =>
      (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(({ detail }) => detail),
    );
  return { db: counting, begin: () => asked.clear(), take, read };
}

const PAGE_BYTES = 4096 + 24;

describe('the cost of a hit', () => {
  test('is the same for people with 10, 1,000, 10,000 and 50,000 identities: statements, rows and bytes of the write-ahead log', async () => {
    const costs = [];
    for (const size of [10, 1000, FULL - 1, 5 * FULL]) {
      const folder = await folderWith({ everyone: Math.min(size, FULL - 1), 'somebody else': 3 });
      if (size > FULL) enlargeBefore(folder, 'everyone', size);
      const file = join(folder, 'kmq.db');
      const { db, begin, take, read } = counted(openDatabase(file));
      onTestFinished(() => db.close());
      db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
      migrate(db);
      const writer = new EmbeddedWriter(db);
      begin();
      const log = () => statSync(`${file}-wal`).size;
      const cost = (...entries: ArrivedHit[]) => {
        take();
        const before = log();
        const refused = writer.append(entries).length;
        return { refused, ...take(), pages: Math.round((log() - before) / PAGE_BYTES) };
      };
      // From here on the writer has the site and these two in memory.
      cost(hit('everyone', 'before', 'event'), hit('everyone-3', 'before', 'event'));
      costs.push({
        size,
        event: cost(hit('everyone', 'Visited', 'event', T + 1)),
        properties: cost(hit('everyone-3', null, 'properties', T + 1)),
        same: cost(alias('everyone', 'everyone-3')),
        alias: cost(alias('new', 'everyone')),
      });
      // By keys that select one row: no query counts or searches the many identities of a person.
      for (const plan of read().filter((plan) => /identities|people/.test(plan))) {
        expect(plan).toMatch(/^SEARCH \w+( USING (INTEGER PRIMARY KEY|INDEX sqlite_autoindex_identities_1) \(.*)?$/);
      }
    }
    const small = costs[0]!;
    expect(small.alias).toMatchObject({ refused: 0 });
    for (const { size, ...kinds } of costs.slice(1)) {
      for (const [kind, cost] of Object.entries(kinds)) {
        const reference = small[kind as keyof typeof kinds];
        if (kind === 'alias' && size > FULL) {
          // A refusal is one row, and removes an older one.
          expect(cost).toMatchObject({ refused: 1, rows: 1 });
          expect(cost.statements).toBeLessThanOrEqual(reference.statements);
        } else {
          expect({ size, kind, ...cost, pages: 0 }).toEqual({ size, kind, ...reference, pages: 0 });
        }
        // The trees of larger tables have one more level, and sometimes a page is split.
        expect(cost.pages).toBeLessThanOrEqual(reference.pages + 5);
      }
    }
  });

  test('if all visitors get one name it is bounded: the relabelled identities of all aliases, and the refused ones', async () => {
    const folder = await folderWith({ 'somebody else': 3 });
    const { db, take } = counted(openDatabase(join(folder, 'kmq.db')));
    onTestFinished(() => db.close());
    const writer = new EmbeddedWriter(db);
    const visits = visitorsOf('everyone', FULL + 2000);
    take();
    let refused = 0;
    for (let at = 0; at < visits.length; at += 2000) refused += writer.append(visits.slice(at, at + 2000)).length;
    expect(refused).toBe(2000);
    // A visitor's identity, its person, its person's size and the hit: nothing that grows with the person.
    expect(take().rows).toBeLessThanOrEqual(5 * visits.length);

    // The most expensive order: people of equal size are merged in pairs, so each identity is relabelled each time its person doubles.
    const ids = Array.from({ length: 8192 }, (_, n) => `pair${n}`);
    for (let step = 1; step < ids.length; step *= 2) {
      for (let at = 0; at < ids.length; at += 2 * step) writer.append([alias(ids[at]!, ids[at + step]!)]);
    }
    expect(take().rows).toBeLessThanOrEqual(ids.length * (Math.log2(ids.length) + 5));
  });
});
