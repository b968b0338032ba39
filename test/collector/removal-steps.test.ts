import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { createCollector } from '../../src/collector/server.js';
import { KeptHits } from '../../src/collector/store/embedded/kept-hits.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { EmbeddedWriter } from '../../src/collector/store/embedded/writer.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit, Entry } from '../../src/collector/store/store.js';
import { liveOf, peopleOf, personOf } from '../support/answers.js';
import { clientOf, KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import type { Counts } from '../support/counted-database.js';
import { expiring } from '../support/expiring.js';

const OLD = 1_400_000_000;
const BEFORE = 1_500_000_000;
const counting = () => 'reference' as const;

function hit(person: string, time: number, more: Partial<ArrivedHit['hit']> = {}): ArrivedHit {
  const hit = { kind: 'event', key: KEY, person, name: 'x', time, sent: time, id: null, properties: [], warnings: [] };
  return { received: time, agent: 'browser', hit: { ...hit, ...more } as ArrivedHit['hit'] };
}

const alias = (person: string, name: string, time = OLD) => hit(person, time, { kind: 'alias', name });

/** One person with so many identities, all of them old. */
function oldPerson(identities: number): Entry[] {
  return Array.from({ length: identities - 1 }, (_, n) => [hit(`id${n + 1}`, OLD), alias('id0', `id${n + 1}`)]).flat();
}

function rows(db: Database, sql: string): number {
  return (db.prepare(`SELECT count(*) AS n FROM ${sql}`).get() as { n: number }).n;
}

/** Resolves when the store has noted that somebody is to be erased. */
async function erasureNoted(folder: string): Promise<void> {
  const db = openDatabase(join(folder, 'kmq.db'));
  while (!rows(db, 'erasing')) await turn();
  db.close();
}

test('a request to erase that the end of the collector interrupts is answered with 503, and what becomes of it', async () => {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting });
  await store.append(Array.from({ length: 5000 }, () => hit('bob', OLD)));
  const erased = store.erase(KEY, 'bob').catch((error: unknown) => error);
  await erasureNoted(folder);
  await store.close();
  expect(await erased).toMatchObject({
    statusCode: 503,
    message: 'The collector stops; it completes the removal when it starts again.',
  });
});

test('a collector that stops while it completes an erasure of an earlier collector reports no error', async () => {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting });
  await store.append(Array.from({ length: 5000 }, () => hit('bob', OLD)));
  const erased = store.erase(KEY, 'bob').catch(() => undefined);
  await erasureNoted(folder);
  await store.close();
  await erased;
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  await new EmbeddedStore({ folder, counting, onError }).close();
  expect(errors).toEqual([]);
  const last = new EmbeddedStore({ folder, counting, onError });
  expect(last.unfinishedErasures()).toBe(1);
  await expect.poll(() => last.unfinishedErasures()).toBe(0);
  await last.close();
  expect(errors).toEqual([]);
});

test('a request to erase that has not begun when the collector ends is not said to be completed later', async () => {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting });
  const refusal = { key: KEY, received: OLD, reason: ['no-name'] as const, request: '/e?_p=carl' };
  await store.append([...Array.from({ length: 5000 }, () => hit('bob', OLD)), hit('ann', OLD), { refusal }]);
  const asked = ['bob', 'ann', 'carl'].map((name) => store.erase(KEY, name).catch(({ message }: Error) => message));
  await erasureNoted(folder);
  await store.close();
  const notNoted = 'The collector stops, and nothing is noted of this removal: ask again when it has started.';
  expect(await Promise.all(asked)).toEqual([expect.stringContaining('completes the removal'), notNoted, notNoted]);
  const next = new EmbeddedStore({ folder, counting });
  await expect.poll(() => next.unfinishedErasures()).toBe(0);
  const people = await Promise.all(['bob', 'ann'].map((name) => personOf(next, KEY, name)));
  expect(people.map((person) => person?.identities)).toEqual([undefined, ['ann']]);
  expect(await next.erase(KEY, 'carl')).toMatchObject({ refusals: 1 });
  await next.close();
});

describe('hits that are too old', () => {
  /** The cost of removing a person with so many identities. */
  async function cost(identities: number): Promise<Counts> {
    const { db, expiry, costOf } = await expiring(oldPerson(identities));
    const { result, ...counts } = await costOf(() => expiry.expire(1, BEFORE));
    expect(result).toEqual({ hits: 2 * (identities - 1), identities });
    expect([rows(db, 'hits'), rows(db, 'identities')]).toEqual([0, 0]);
    return counts;
  }

  test('cost in proportion to the identities of a person, in transactions of a limited size', async () => {
    const few = await cost(1000);
    const many = await cost(10_000);
    expect(many.statements).toBeLessThan(11 * few.statements);
    expect(many.mostChanges).toBeLessThanOrEqual(2000);
  });

  test('leave the aliases of a person who has other hits, and take them along when the person goes', async () => {
    const { db, expiry, costOf } = await expiring([
      ...[hit('cookie', OLD), alias('cookie', 'ann'), hit('ann', BEFORE)],
      // Somebody who was only ever in an alias.
      alias('nobody', 'no one', BEFORE - 1),
    ]);
    expect(await expiry.expire(1, OLD)).toEqual({ hits: 0, identities: 0 });
    expect(await expiry.expire(1, BEFORE - 1)).toEqual({ hits: 1, identities: 0 });
    expect(rows(db, 'hits WHERE kind = 2')).toBe(2);
    expect(await expiry.expire(1, BEFORE)).toEqual({ hits: 1, identities: 2 });
    expect(rows(db, 'hits WHERE kind = 2')).toBe(1);
    expect(await expiry.expire(1, BEFORE + 1)).toEqual({ hits: 2, identities: 2 });
    expect([rows(db, 'hits'), rows(db, 'identities')]).toEqual([0, 0]);
    expect((await costOf(() => expiry.expire(1, BEFORE + 2))).statements).toBeLessThan(20);
  });

  test('cost little for an identity with many old aliases', async () => {
    const aliases = Array.from({ length: 5000 }, (_, n) => alias('ann', 'cookie', OLD + n));
    const { db, expiry, costOf } = await expiring([...aliases, hit('ann', BEFORE), hit('cookie', OLD)]);
    const kept = await costOf(() => expiry.expire(1, BEFORE));
    expect(kept.result).toEqual({ hits: 1, identities: 0 });
    const { result, mostChanges } = await costOf(() => expiry.expire(1, BEFORE + 1));
    expect(result).toEqual({ hits: 5001, identities: 2 });
    expect(mostChanges).toBeLessThanOrEqual(2000);
    expect([rows(db, 'hits'), rows(db, 'filed_hits'), rows(db, 'identities')]).toEqual([0, 0, 0]);
  });

  test('cost little the second time for an identity with many old aliases that stays', async () => {
    const aliases = Array.from({ length: 5000 }, (_, n) => alias('ann', 'cookie', OLD + n));
    const { writer, expiry, costOf } = await expiring([...aliases, hit('ann', BEFORE + 9)]);
    writer.transaction(() => writer.index.filing.fileSome(Infinity));
    expect((await costOf(() => expiry.expire(1, BEFORE))).rows).toBeGreaterThan(5000);
    for (const time of [OLD + 6000, OLD + 6001]) {
      writer.append([hit('ann', time)]);
      const again = await costOf(() => expiry.expire(1, BEFORE));
      expect(again.result).toEqual({ hits: 1, identities: 0 });
      expect(again.rows).toBeLessThan(1000);
    }
    // The hit for which the identity was kept goes as well.
    expect(await expiry.expire(1, BEFORE + 10)).toEqual({ hits: 5001, identities: 2 });
  });

  test('read hits that arrive during the removal of a large person once, and not once for each transaction', async () => {
    const { db, writer, steps, expiry, costOf } = await expiring(oldPerson(3000));
    let times = 0;
    steps.between = () => {
      if (++times === 1) writer.append(Array.from({ length: 2000 }, (_, n) => hit(`new${n}`, BEFORE)));
    };
    const { result, rows: read } = await costOf(() => expiry.expire(1, BEFORE));
    expect(result).toEqual({ hits: 5998, identities: 3000 });
    expect(rows(db, 'identities')).toBe(2000);
    // The hits and the identities of the person are read a few times; the new hits would be read thirty times.
    expect(read).toBeLessThan(40_000);
  });

  test('and people without hits are removed many in a transaction', async () => {
    const people = Array.from({ length: 3000 }, (_, n) => hit(`p${n}`, OLD));
    const { db, expiry, costOf } = await expiring(people);
    const { result, transactions, mostChanges } = await costOf(() => expiry.expire(1, BEFORE));
    expect([result, rows(db, 'identities')]).toEqual([{ hits: 3000, identities: 3000 }, 0]);
    expect(transactions).toBeLessThan(100);
    expect(mostChanges).toBeLessThanOrEqual(2000);
  });

  test('are removed the second time without checking all remaining people again', async () => {
    const people = Array.from({ length: 3000 }, (_, n) => [
      hit(`cookie${n}`, OLD),
      alias(`cookie${n}`, `p${n}`),
      hit(`p${n}`, BEFORE + n),
    ]).flat();
    const { db, writer, expiry, again, costOf } = await expiring(people);
    const first = await costOf(() => expiry.expire(1, BEFORE));
    expect(first.result).toEqual({ hits: 3000, identities: 0 });
    writer.append([hit('late', OLD), hit('p2999', OLD)]);
    const second = await costOf(() => expiry.expire(1, BEFORE + 2));
    // Two people with two identities and an alias, and one who has come with an old hit.
    expect(second.result).toEqual({ hits: 6, identities: 5 });
    expect(second.statements).toBeLessThan(first.statements / 20);
    expect(rows(db, "identities WHERE identity IN ('late', 'p0', 'cookie1')")).toBe(0);
    // People who lost their hits in another way are found when all people are checked, as after the next start.
    db.exec(`DELETE FROM hits WHERE time = ${BEFORE + 2}`);
    writer.forget();
    expect(await expiry.expire(1, BEFORE + 3)).toEqual({ hits: 0, identities: 0 });
    expect(await again().expire(1, BEFORE + 3)).toEqual({ hits: 1, identities: 2 });
  });

  test('cost the same for each person, however many hits of others wait to be filed', async () => {
    const old = Array.from({ length: 300 }, (_, n) => hit(`p${n}`, OLD));
    const cost = async (others: number): Promise<number> => {
      const waiting = Array.from({ length: others }, (_, n) => hit('ann', BEFORE + n));
      const { expiry, costOf } = await expiring([...waiting, ...old]);
      const { result, statements } = await costOf(() => expiry.expire(1, BEFORE));
      expect(result).toEqual({ hits: 300, identities: 300 });
      return statements;
    };
    // The rows of the others are read once.
    expect(await cost(5000)).toBeLessThan((await cost(0)) + 500);
  });

  test('do not delay a stop', async () => {
    const data = await temporaryFolder();
    const first = new EmbeddedStore({ folder: data, counting });
    await first.append(oldPerson(20_000));
    await first.close();
    const config = parseConfig({ sites: { [KEY]: { retention: 30 } } });
    const collector = await createCollector({ data, config, logLevel: 'silent' });
    await collector.close();
    const db = openDatabase(join(data, 'kmq.db'));
    expect(rows(db, 'identities')).toBeGreaterThan(0);
    db.close();
  });

  test('that a kill has separated from their person leave nobody behind', async () => {
    const folder = await temporaryFolder();
    const first = new EmbeddedStore({ folder, counting });
    await first.append([...oldPerson(1000), hit('bob', OLD), hit('bob', BEFORE), alias('bob', 'robert')]);
    await first.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    // The state after the hits, and some of the identities, were removed.
    db.exec('DELETE FROM hits WHERE time < 1500000000; DELETE FROM identities WHERE id BETWEEN 100 AND 299');
    const second = new EmbeddedStore({ folder, counting });
    expect(await second.expire(KEY, BEFORE)).toBe(0);
    // The names are no longer in the write-ahead log.
    expect(statSync(join(folder, 'kmq.db-wal')).size).toBe(0);
    expect(rows(db, 'identities')).toBe(2);
    expect((await personOf(second, KEY, 'robert'))!.identities.sort()).toEqual(['bob', 'robert']);
    await second.close();
    db.close();
  });

  test('lose no hit that arrives while identities are removed, also under an identity that is removed or will be', async () => {
    const folder = await temporaryFolder();
    // If the disk is busy, the removal could end before many hits have arrived.
    const store = new EmbeddedStore({ folder, counting, durability: 'fast' });
    // 600 people with ten identities.
    const old = Array.from({ length: 6000 }, (_, n) => [hit(`id${n}`, OLD), alias(`id${n - (n % 10)}`, `id${n}`)]);
    await store.append(old.flat());
    const db = openDatabase(join(folder, 'kmq.db'));
    let done = false;
    const expired = store.expire(KEY, BEFORE).finally(() => (done = true));
    const sent: string[] = [];
    while (!done) {
      const left = rows(db, 'identities');
      if (left < 6000 && left > 400) {
        const n = sent.length;
        const person = n % 2 ? `id${n}` : `id${5999 - 5 * n}`;
        sent.push(person);
        await store.append([hit(person, BEFORE + n, { id: `h${n}` })]);
      }
      await turn();
    }
    db.close();
    const removed = await expired;
    expect(sent.length).toBeGreaterThan(5);
    const exported: string[] = [];
    const aliases = new Set<string>();
    for await (const { kind, person, name } of store.export(KEY)) {
      if (kind === 'alias') aliases.add(name!);
      else exported.push(person);
    }
    expect(exported).toEqual(sent);
    expect(removed + aliases.size).toBe(2 * 6000);
    // Who came back before the removal reached them is complete, with the aliases.
    for (const identity of new Set(sent)) {
      const { identities } = (await personOf(store, KEY, identity))!;
      expect([1, 10]).toContain(identities.length);
      if (identities.length === 10) for (const one of identities) expect(aliases).toContain(one);
    }
    for (const identity of new Set(sent))
      expect((await personOf(store, KEY, identity))!.identities).toContain(identity);
    await store.close();
  });

  test('leave a person complete who comes back between two steps, by a hit or by an alias', async () => {
    const person = (name: string) => [hit(`${name}1`, OLD), hit(`${name}2`, OLD), alias(`${name}1`, `${name}2`)];
    const { db, writer, steps, expiry } = await expiring([
      ...['hit', 'small', 'large', 'gone'].flatMap(person),
      ...[
        alias('large1', 'large3'),
        hit('active', BEFORE),
        hit('others1', BEFORE),
        alias('others1', 'others2', BEFORE),
      ],
      alias('others1', 'others3', BEFORE),
    ]);
    steps.between = () => {
      writer.append([hit('hit1', BEFORE), alias('others1', 'small2', BEFORE), alias('active', 'large3', BEFORE)]);
    };
    // The events of all, and the alias of who has gone.
    expect((await expiry.expire(1, BEFORE)).hits).toBe(9);
    const left = db.prepare('SELECT identity FROM identities ORDER BY identity').all() as { identity: string }[];
    expect(left.map(({ identity }) => identity)).toEqual([
      ...['active', 'hit1', 'hit2', 'large1', 'large2', 'large3', 'others1', 'others2', 'others3', 'small1', 'small2'],
    ]);
  });

  test('cost in proportion to the identities of a person also where each of them loses hits at the same time', async () => {
    const cost = async (identities: number): Promise<number> => {
      const ids = Array.from({ length: identities }, (_, n) => `id${n}`);
      const aliases = ids.map((id) => alias('id', id));
      const events = ids.map((id) => hit(id, BEFORE));
      const { expiry, costOf } = await expiring([...aliases, ...events, alias('id', 'last'), hit('last', BEFORE + 1)]);
      await expiry.expire(1, BEFORE);
      const { result, statements } = await costOf(() => expiry.expire(1, BEFORE + 1));
      expect(result).toEqual({ hits: identities, identities: 0 });
      return statements;
    };
    expect(await cost(4000)).toBeLessThan(9 * (await cost(500)));
  });

  /** As with a full disk. */
  function fail(writer: EmbeddedWriter): void {
    const undone = (): void => {
      throw new Error('undone');
    };
    expect(() => writer.transaction(undone)).toThrow('undone');
  }

  test('leave a person who comes back after the newest hits were removed and a commit failed', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `id${n}`);
    const first = [hit('cookie', OLD), hit('ann', OLD), alias('cookie', 'ann')];
    const aliases = ids.slice(1).map((id) => alias('id0', id));
    const { db, writer, steps, expiry } = await expiring([...ids.map((id) => hit(id, OLD)), ...first, ...aliases]);
    let times = 0;
    steps.between = () => {
      // The others are removed, and with them the newest hits.
      if (++times !== 2) return;
      fail(writer);
      writer.append([hit('ann', BEFORE)]);
    };
    expect(await expiry.expire(1, BEFORE)).toEqual({ hits: 201, identities: 100 });
    expect([rows(db, 'hits'), rows(db, 'identities')]).toEqual([2, 2]);
  });

  test('and people of an imported alias are removed, also after the newest hits were removed and a commit failed', async () => {
    const { db, writer, expiry } = await expiring([hit('ann', BEFORE + 2), hit('bob', OLD), hit('bob', OLD + 1)]);
    expect(await expiry.expire(1, BEFORE)).toEqual({ hits: 2, identities: 1 });
    fail(writer);
    writer.append([alias('cookie', 'carl')]);
    expect(await expiry.expire(1, BEFORE + 1)).toEqual({ hits: 1, identities: 2 });
    expect(rows(db, 'identities')).toBe(1);
  });

  test('leave a person whose hits an upgrade moves into the new index during the check', async () => {
    const aliases = Array.from({ length: 200 }, (_, n) => alias('ann', 'cookie', OLD + n));
    const { db, writer } = await expiring([hit('ann', BEFORE, { sent: OLD - 1 }), ...aliases]);
    writer.transaction(() => writer.index.filing.fileSome(Infinity));
    const entry = db.prepare('SELECT identity, hash FROM filed_hits WHERE hit = 1').get() as Record<string, number>;
    db.exec(`
      DELETE FROM filed_hits WHERE hit = 1; CREATE UNIQUE INDEX hits_by_identity ON hits (identity, coalesce(sent, 0), hit_id);
      INSERT INTO upgrade (step, upto, identity, sent, hit) VALUES ('index', 1, 0, 0, 0)`);
    const moved = new Promise<void>((resolve) =>
      setImmediate(() => {
        db.exec(`
          INSERT INTO filed_hits (identity, sent, hash, hit) VALUES (${entry.identity}, ${OLD - 1}, ${entry.hash}, 1);
          UPDATE upgrade SET identity = ${entry.identity}, sent = ${OLD - 1}`);
        resolve();
      }),
    );
    expect(await new KeptHits(db, writer.index).of(entry.identity!, BEFORE)).toBe('kept');
    await moved;
  });

  test('leave people who are being erased to the erasure', async () => {
    const { db, writer, expiry } = await expiring([hit('bob', OLD), hit('ann', BEFORE)]);
    await expiry.expire(1, OLD);
    db.exec("UPDATE identities SET site = 0, identity = '#1', person = 0 WHERE identity = 'bob'");
    writer.forget();
    expect(await expiry.expire(1, BEFORE)).toEqual({ hits: 1, identities: 0 });
    expect(rows(db, 'identities')).toBe(2);
  });

  test('give no number of a removed person to a stranger who comes after a restart', async () => {
    const folder = await temporaryFolder();
    const first = new EmbeddedStore({ folder, counting });
    await first.append([hit('a', OLD), hit('b', OLD), alias('b', 'a')]);
    await first.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    // The identity whose number is also that of the person is removed, and was the latest.
    db.exec("UPDATE identities SET person = 2; DELETE FROM identities WHERE identity = 'b'");
    db.close();
    const second = new EmbeddedStore({ folder, counting });
    await second.append([hit('stranger', OLD)]);
    expect((await personOf(second, KEY, 'stranger'))!.identities).toEqual(['stranger']);
    await second.close();
  });
});

describe('a person of many identities', () => {
  test('is erased completely, in transactions of a limited size, while hits of others arrive', async () => {
    const folder = await temporaryFolder();
    // If the disk is busy, the removal could end before many hits have arrived.
    const store = new EmbeddedStore({ folder, counting, durability: 'fast' });
    await store.append(oldPerson(2000));
    await store.append([hit('ann', OLD)]);
    let steps = 0;
    let done = false;
    const erased = store.erase(KEY, 'id7').finally(() => (done = true));
    while (!done) {
      await store.append([hit('ann', OLD + ++steps)]);
      await turn();
    }
    expect(await erased).toMatchObject({ hits: 2 * 1999 });
    expect((await erased)!.identities).toHaveLength(2000);
    expect(steps).toBeGreaterThan(10);
    expect((await peopleOf(store, KEY, '', 10)).map(({ identities }) => identities)).toEqual([['ann']]);
    await store.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    expect([rows(db, 'hits'), rows(db, 'identities'), rows(db, 'erasing')]).toEqual([steps + 1, 1, 0]);
    db.close();
  });

  test('if only half of it is hidden at a kill, is erased completely after the next start', async () => {
    const folder = await temporaryFolder();
    const first = new EmbeddedStore({ folder, counting });
    await first.append([...oldPerson(1000), hit('ann', OLD)]);
    await first.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    // The first step: the identity of the request is remembered, and some of the others are hidden.
    db.exec(`
      INSERT INTO erasing SELECT id, 'site', identity FROM identities WHERE identity = 'id5' OR id BETWEEN 100 AND 299;
      UPDATE identities SET site = 0, identity = '#' || id, person = 0 WHERE id BETWEEN 100 AND 299`);
    let told = 0;
    const second = new EmbeddedStore({ folder, counting, onHidden: () => (told += 1) });
    await expect.poll(() => rows(db, 'identities')).toBe(1);
    expect(await peopleOf(second, KEY, '', 10)).toMatchObject([{ identities: ['ann'] }]);
    await second.close();
    expect([rows(db, 'hits'), rows(db, 'erasing')]).toEqual([1, 0]);
    // Reports have to learn that somebody is hidden.
    expect(told).toBe(1);
    db.close();
  });
});

describe('many refused requests', () => {
  const refusal = (request: string): Entry => ({ refusal: { key: KEY, received: OLD, reason: ['no-name'], request } });
  const refusals = (count: number, name: string): Entry[] =>
    Array.from({ length: count }, (_, n) => refusal(`/e?_p=${name}&n=${n}&filler=${'%2520+%5C'.repeat(20)}`));

  test('do not keep a person visible, and are read a few at a time', async () => {
    const folder = await temporaryFolder();
    const store = new EmbeddedStore({ folder, counting });
    await store.append([hit('bob', OLD), hit('ann', OLD)]);
    await store.append([...refusals(3000, 'ann'), refusal('/e?_p=bob')]);
    let done = false;
    const erased = store.erase(KEY, 'bob').finally(() => (done = true));
    await turn();
    await turn();
    await turn();
    const hidden = await personOf(store, KEY, 'bob');
    expect([hidden, done]).toEqual([undefined, false]);
    expect(await erased).toEqual({ identities: ['bob'], hits: 1 });
    await store.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    expect([rows(db, 'refusals'), rows(db, "refusals WHERE request LIKE '%bob%'")]).toEqual([3000, 0]);
    db.close();
  });

  test('that arrive after the newest was removed are shown in an open Live', async () => {
    const store = new EmbeddedStore({ folder: await temporaryFolder(), counting });
    await store.append([hit('bob', OLD), ...refusals(3, 'bob')]);
    const { cursor } = await store.live(KEY, undefined, 100);
    await store.erase(KEY, 'bob');
    const looking = await store.live(KEY, cursor, 100);
    await store.append([refusal('/e?_p=ann')]);
    expect((await liveOf(store, KEY, looking.cursor, 100)).refusals.map(({ request }) => request)).toEqual([
      '/e?_p=ann',
    ]);
    await store.close();
  });

  test('lose the names of erased people, also after a kill before they were read', async () => {
    const data = await temporaryFolder();
    const filling = new EmbeddedStore({ folder: data, counting });
    await filling.append([hit('bob', OLD), hit('ann', OLD)]);
    await filling.append([...refusals(4000, 'ann'), ...refusals(1000, 'b%6fb')]);
    await filling.close();
    const { process: child, origin, exited } = await serve(['--data', data]);
    const first = clientOf(origin);
    const deleted = first.erase('bob').catch(() => undefined);
    await expect.poll(() => first.person('bob'), { interval: 1 }).toBeUndefined();
    child.kill('SIGKILL');
    await Promise.all([exited, deleted]);

    const db = openDatabase(join(data, 'kmq.db'));
    const named = () => rows(db, "refusals WHERE request LIKE '%b\\%6fb%' ESCAPE '\\'");
    const collector = await startCollector({ data });
    await expect.poll(() => [named(), rows(db, 'erasing'), rows(db, 'identities')]).toEqual([0, 0, 1]);
    expect(rows(db, 'refusals')).toBe(4000);
    expect(await collector.person('bob')).toBeUndefined();
    db.close();
  });
});

describe('another program that reads the old state', () => {
  /** A collector whose store is read by another program, such as a backup. */
  async function read(): Promise<{
    data: string;
    collector: Awaited<ReturnType<typeof startCollector>>;
    reader: Database;
  }> {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    await collector.send('/e?_k=site&_p=bob&_n=secret-event');
    const reader = openDatabase(join(data, 'kmq.db'));
    reader.exec('BEGIN');
    expect(rows(reader, 'hits')).toBe(1);
    return { data, collector, reader };
  }
  const files = (data: string) =>
    ['kmq.db', 'kmq.db-wal'].map((name) => readFileSync(join(data, name)).toString('latin1')).join();
  const erase = (origin: string) => fetch(`${origin}/api/v1/people/bob?key=site`, { method: 'DELETE' });

  test('is mentioned in the answer, and the write-ahead log is emptied when that program has finished', async () => {
    const { data, collector, reader } = await read();
    const response = await erase(collector.origin);
    expect([response.status, await response.json()]).toEqual([202, { identities: ['bob'], hits: 1, pending: ['log'] }]);
    expect(await collector.person('bob')).toBeUndefined();
    expect(files(data)).toContain('secret-event');
    reader.close();
    await expect.poll(() => files(data)).not.toContain('secret-event');
    await collector.send('/e?_k=site&_p=bob&_n=back');
    expect((await erase(collector.origin)).status).toBe(200);
  });

  test('and runs longer than the collector: then the next collector empties the log, however late', async () => {
    const { data, collector, reader } = await read();
    expect((await erase(collector.origin)).status).toBe(202);
    await collector.close();
    await startCollector({ data });
    expect(files(data)).toContain('secret-event');
    reader.close();
    await expect.poll(() => files(data)).not.toContain('secret-event');
  });

  test('is mentioned in the log of the collector, and its end as well', async () => {
    const folder = await temporaryFolder();
    const notices: string[] = [];
    const store = new EmbeddedStore({ folder, counting, onNotice: (sentence) => notices.push(sentence) });
    await store.append([hit('bob', OLD)]);
    const reader = openDatabase(join(folder, 'kmq.db'));
    reader.exec('BEGIN');
    rows(reader, 'hits');
    expect(await store.expire(KEY, BEFORE)).toBe(1);
    expect(notices).toEqual([expect.stringMatching(/still contains removed data.* or the disk is full/) as string]);
    reader.close();
    await expect
      .poll(() => notices)
      .toEqual([expect.any(String), expect.stringContaining('The write-ahead log was emptied') as string]);
    await store.close();
  });
});
