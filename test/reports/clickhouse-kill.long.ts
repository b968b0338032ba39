import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { clientOf, KEY, temporaryFolder } from '../support/collector.js';
import { serve, type Command } from '../support/command.js';
import { collectorOn, counts, errors, nodesOf, reportsOn } from './clickhouse-stand.js';
import { proxyOf } from './clickhouse-proxy.js';
import { alias, event, NOW } from './engine-stand.js';

// A collector is killed while it removes people from reports, of whom some have come back meanwhile.

const PATIENT = { timeout: 30_000 };
const DAY = 86_400;
const OLD = NOW - 10 * DAY;
/** Removes what is as old as OLD, and not what is as new as NOW. */
const DAYS_KEPT = Math.floor((Date.now() / 1000 - NOW) / DAY) + 5;

function left(folder: string): unknown {
  const db = openDatabase(join(folder, 'spool.db'));
  const row = db.prepare(`SELECT value FROM state WHERE name = 'returning'`).get() as { value: string } | undefined;
  db.close();
  return row?.value;
}

/** The settings of a site that removes old hits, or none, as a file. */
async function configOf(isExpiry: boolean): Promise<string> {
  const config = join(await temporaryFolder(), 'kmq.config.json');
  await writeFile(config, JSON.stringify(isExpiry ? { sites: { [KEY]: { retention: DAYS_KEPT } } } : {}));
  return config;
}

interface Killed {
  data: string;
  config: string;
  /** Whom it erases, unless it removes old hits by its settings. */
  erases: string | undefined;
  /** Whether it is killed instead of sending this statement. */
  isLast: (statement: string) => boolean | Promise<boolean>;
}

/** Runs a collector until it is killed. */
async function runUntilKilled(url: string, { data, config, erases, isLast }: Killed): Promise<void> {
  const running: Command[] = [];
  const proxy = await proxyOf(
    url,
    () => undefined,
    async (statement) => {
      if (!(await isLast(statement))) return statement;
      running[0]!.process.kill('SIGKILL');
      return new Promise<never>(() => undefined);
    },
  );
  const child = await start(data, config, proxy.url);
  running.push(child);
  if (erases !== undefined)
    void clientOf(child.origin)
      .erase(erases, KEY)
      .catch(() => undefined);
  expect(await child.exited).toBe('SIGKILL');
}

const start = (data: string, config: string, store: string): Promise<Command> =>
  serve(['--data', data, '--config', config, '--store', store]);

/** A database with a collector that fills its reports and gets the hits, and the settings of the one that is killed. */
async function standFor(removal: string) {
  const url = `${await chdbOfTests()}/${newDatabase()}`;
  const isExpiry = removal === 'retention';
  return {
    ...{ url, isExpiry, database: parseAddress(url).database },
    ...{
      config: await configOf(isExpiry),
      store: await collectorOn(url),
      reports: reportsOn(url),
      nodes: nodesOf(url),
    },
  };
}

test.each([
  { removal: 'retention', people: 2, times: 5 },
  // The new hits of the first one are removed with the old ones, as those of anybody who comes back before the answer.
  { removal: 'an erasure', people: 2, times: 4 },
])('by $removal: the next start copies the hits that are missing in reports', async ({ removal, people, times }) => {
  const { url, database, isExpiry, config, store, reports, nodes } = await standFor(removal);
  // The person of all three has the smallest number, so the others get the number of one of those who are removed.
  const byNumber = `SELECT name FROM (SELECT arrayJoin(['bob', 'robert', 'ann']) AS name) ORDER BY sipHash64('${KEY}', name)`;
  const names = await nodes.rows<{ name: string }>(byNumber);
  const [bob, robert, ann] = names.map(({ name }) => name) as [string, string, string];
  const copied = async (entries: ArrivedHit[]): Promise<void> => {
    await store.append(entries);
    await store.keys();
    const isCopied = `SELECT 1 AS one FROM (SELECT max(stamp) AS stored FROM ${database}.progress) p,
      (SELECT max(stamp) AS copied FROM ${database}.report_progress) r WHERE stored = copied`;
    await expect.poll(() => nodes.rows(isCopied), PATIENT).toHaveLength(1);
  };
  const old = [event(bob, OLD), event(robert, OLD), alias(bob, robert)];
  for (const { hit } of old) hit.time = hit.sent = OLD;
  await copied([...old, event(ann), event('eve')]);
  expect(await counts(reports)).toEqual([3, 4]);

  let isBack = false;
  const isLast = async (statement: string): Promise<boolean> => {
    if (/\.report_people DELETE/.test(statement) && !isBack) {
      isBack = true;
      await copied([event(bob), alias(bob, ann), event(ann), event('eve')]);
      return false;
    }
    return isBack && /INTO \S+\.report_(seen|hits) /.test(statement);
  };
  const data = await temporaryFolder();
  await runUntilKilled(url, { data, config, erases: isExpiry ? undefined : robert, isLast });
  // Those of the third one are missing.
  expect(await counts(reports)).not.toEqual([people, times]);

  const second = await start(data, config, url);
  await expect.poll(() => counts(reports), PATIENT).toEqual([people, times]);
  await expect.poll(() => left(data), PATIENT).toBe('[]');
  second.process.kill('SIGTERM');
  expect(await second.exited).toBe(0);
  expect(await counts(reports)).toEqual([people, times]);
  expect(errors).toEqual([]);
});

test.each(['retention', 'an erasure'])(
  'by %s, between the rows of the hits that have arrived and the hits: the next start completes it',
  async (removal) => {
    const { url, database, isExpiry, config, store, reports, nodes } = await standFor(removal);
    const old = event('bob', OLD);
    old.hit.time = old.hit.sent = OLD;
    await store.append([old, event('ann')]);
    await expect.poll(() => counts(reports), PATIENT).toEqual([2, 2]);

    const data = await temporaryFolder();
    const isLast = (statement: string): boolean => /\.report_hits DELETE/.test(statement);
    await runUntilKilled(url, { data, config, erases: isExpiry ? undefined : 'bob', isLast });
    const rows = (table: string) => nodes.rows(`SELECT hit FROM ${database}.report_${table} WHERE site = '${KEY}'`);
    expect([(await rows('seen')).length, (await rows('hits')).length]).toEqual([1, 2]);

    const second = await start(data, config, url);
    await expect.poll(() => counts(reports), PATIENT).toEqual([1, 1]);
    await expect.poll(async () => [(await rows('seen')).length, (await rows('hits')).length], PATIENT).toEqual([1, 1]);
    // The same hit counts again: no row says that it has arrived.
    await store.append([event('bob')]);
    await expect.poll(() => counts(reports), PATIENT).toEqual([2, 2]);
    second.process.kill('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(errors).toEqual([]);
  },
);
