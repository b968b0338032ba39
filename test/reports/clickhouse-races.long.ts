import { expect, test, vi } from 'vitest';
import { beforeStatement } from '../support/before-statement.js';
import { KEY } from '../support/collector.js';
import { collectorOn, counts, errors, fillerOn, nodesOf, reportsOn, useClickHouse } from './clickhouse-stand.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { ReportReturns } from '../../src/collector/store/clickhouse/report-returns.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import { these } from '../../src/collector/store/clickhouse/sql.js';
import { alias, event } from './engine-stand.js';

// What other collectors do in the tables of reports while one of them erases somebody.

const newUrl = useClickHouse();

const PATIENT = { timeout: 20_000 };
const FIRST = event('robert');
/** The mutations of reports, in their order. */
const REPORT_MUTATIONS = ['seen', 'hits', 'identities', 'people', 'merges'].map(
  (table) => new RegExp(`\\.report_${table} DELETE`),
);

/** Bob, who is also Robert, and Ann, in a store whose reports another collector fills. */
async function bobAndAnn(beforeSteps?: (statement: string) => Promise<void>) {
  const url = newUrl();
  const filler = fillerOn(url, beforeSteps && { before: beforeSteps });
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports), PATIENT).toEqual([0, 0]);
  // The filler of this collector waits, since the filler above was first.
  const store = await collectorOn(url);
  const nodes = nodesOf(url);
  const { database } = parseAddress(url);
  await store.append([event('bob'), FIRST, alias('bob', 'robert'), event('ann')]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([2, 3]);
  /** Stores hits; resolves when the other collector has copied them. */
  const copied = async (entries: ArrivedHit[]): Promise<void> => {
    await store.append(entries);
    await store.keys();
    await expect
      .poll(
        () =>
          nodes.rows(`SELECT 1 AS one FROM (SELECT max(stamp) AS stored FROM ${database}.progress) p,
            (SELECT max(stamp) AS copied FROM ${database}.report_progress) r WHERE stored = copied`),
        PATIENT,
      )
      .toHaveLength(1);
  };
  const isCounted = (people: number, times: number) =>
    expect.poll(() => counts(reports), PATIENT).toEqual([people, times]);
  const close = async (): Promise<void> => {
    await filler.close();
    expect(errors).toEqual([]);
  };
  return { url, store, nodes, database, copied, isCounted, close };
}

test.each([/\.hits DELETE/, /\.edges DELETE/, /\.identities DELETE/, ...REPORT_MUTATIONS])(
  'identities that come back without an alias before the mutation %s are two people, and each of their new hits counts',
  async (mutation) => {
    const { store, copied, isCounted, close } = await bobAndAnn();
    beforeStatement(mutation, () => copied([event('bob'), event('robert')]));
    await store.erase(KEY, 'robert');
    const isEarly = mutation.source.startsWith('\\.hits');
    await isCounted(isEarly ? 1 : 3, isEarly ? 1 : 3);
    await copied([event('bob'), event('robert')]);
    await isCounted(3, isEarly ? 3 : 5);
    await close();
  },
);

test.each(REPORT_MUTATIONS)('a hit that is sent again before the mutation %s counts', async (mutation) => {
  const { store, copied, isCounted, close } = await bobAndAnn();
  beforeStatement(mutation, () => copied([FIRST]));
  await store.erase(KEY, 'robert');
  await isCounted(2, 2);
  await close();
});

test.each([...REPORT_MUTATIONS, /\.edges DELETE/, /\.identities DELETE/])(
  'who comes back with an alias to somebody else before the mutation %s has nobody of those who are gone',
  async (mutation) => {
    for (const name of ['bob', 'robert']) {
      const { store, nodes, database, copied, isCounted, close } = await bobAndAnn();
      beforeStatement(mutation, () => copied([event(name), alias(name, 'ann'), event('ann')]));
      await store.erase(KEY, 'robert');
      await isCounted(1, 3);
      await copied([event('bob'), event('robert'), event('ann')]);
      await isCounted(2, 6);
      await nodes.everywhere(`OPTIMIZE TABLE ${database}.report_people FINAL`);
      await isCounted(2, 6);
      await close();
    }
  },
);

test.each(['report_merges', 'report_people'])(
  'a step that has read an alias before the erasure, and stores it in %s later, merges nobody who came back',
  async (table) => {
    let [isReady, isErased] = [false, false];
    const { store, isCounted, copied, close } = await bobAndAnn(async (statement) => {
      if (isErased || !isReady || !new RegExp(`INTO \\S*${table}`).test(statement)) return;
      isErased = true;
      beforeStatement(/\.identities DELETE/, async () => {
        await store.append([event('eve'), event('eva')]);
        await store.keys();
      });
      await store.erase(KEY, 'eva');
    });
    isReady = true;
    await store.append([event('eve'), event('eva'), alias('eve', 'eva')]);
    await isCounted(4, 5);
    await copied([event('eve'), event('eva')]);
    await isCounted(4, 7);
    expect(isErased).toBe(true);
    await close();
  },
);

test('hits of somebody who was merged with them, and that two collectors copy at the same moment, count once', async () => {
  const { url, nodes, database, isCounted, close } = await bobAndAnn();
  const hits = `${database}.report_hits`;
  let steps = 0;
  const returns = new ReportReturns({
    nodes,
    tables: new Tables({ ...parseAddress(url) }),
    removeHits: async (_key, condition) => {
      await nodes.everywhere(
        `ALTER TABLE ${database}.report_seen DELETE WHERE hit IN (SELECT hit FROM ${hits} WHERE ${condition}) SETTINGS mutations_sync = 1`,
      );
      await nodes.everywhere(`ALTER TABLE ${hits} DELETE WHERE ${condition} SETTINGS mutations_sync = 1`);
    },
    // Called before and after these hits are copied.
    stepsEnded: async () => {
      const copies = `INSERT INTO ${hits} SELECT * FROM ${hits} WHERE identity = sipHash64('${KEY}', 'ann')`;
      if (++steps === 2) await nodes.execute(copies);
    },
  });
  await returns.copyAgain(KEY, ['bob', 'robert', 'ann'], `(SELECT sipHash64('${KEY}', arrayJoin(['bob', 'robert'])))`);
  await isCounted(2, 3);
  await close();
});

test('the hits of a person with many identities are copied again in statements that each name a part of them', async () => {
  const { url, store, nodes, database, isCounted, close } = await bobAndAnn();
  const identities = ['bob', ...Array.from({ length: 25_000 }, (_, n) => `id${n}`), 'robert'];
  const parts = { nodes, tables: new Tables({ ...parseAddress(url) }) };
  const returns = new ReportReturns({
    ...parts,
    removeHits: async (_key, condition) => {
      for (const table of ['seen', 'hits'])
        await nodes.everywhere(
          `ALTER TABLE ${database}.report_${table} DELETE WHERE ${table === 'hits' ? condition : '1'} SETTINGS mutations_sync = 1`,
        );
    },
    stepsEnded: () => Promise.resolve(),
  });
  const execute = vi.spyOn(nodes, 'execute');
  const rows = vi.spyOn(nodes, 'rows');
  const numbers = `(SELECT sipHash64('${KEY}', arrayJoin(['bob', 'robert'])))`;
  await returns.copyAgain(KEY, identities, numbers);
  await isCounted(2, 3);
  const statements = [...execute.mock.calls, ...rows.mock.calls].map(([statement]) => statement);
  expect(statements.length).toBeGreaterThan(5);
  const longest = these(KEY, identities.slice(0, 10_000)).length;
  // A statement that copies hits names them in several places.
  expect(Math.max(...statements.map(({ length }) => length))).toBeLessThan(12 * longest);
  const named = statements.map((statement) => new Set(statement.match(/'(?:\\x[0-9a-f]{2})+'/g)).size);
  expect(Math.max(...named)).toBeLessThan(10_100);
  expect(await store.keys()).toEqual([KEY]);
  await close();
});
