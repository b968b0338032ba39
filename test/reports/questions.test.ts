import { BIGINT, DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { untilEnded } from '../../src/collector/reports/engine/interruption.js';
import { QuestionPlaces } from '../../src/collector/reports/question-places.js';
import { rowsOf } from '../../src/collector/reports/engine/values.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';

const NOW = 1_790_000_000;

function event(person: string): ArrivedHit {
  const hit = { kind: 'event' as const, key: KEY, person, name: 'Came', time: NOW, sent: NOW, id: `id ${person}` };
  return { hit: { ...hit, properties: [['Plan', `ß ${person}`]], warnings: [] }, received: NOW, agent: 'browser' };
}

test('an erased person is in no later answer, also to a question that was asked before', async () => {
  const store = new ReportStore(await temporaryFolder());
  onTestFinished(() => store.close());
  await store.restart({ timeLimit: 100 });
  await store.store.append(Array.from({ length: 40_000 }, (_, n) => event(`p${n}`)));
  const count = async (): Promise<number> =>
    store.ask('people', { limit: 1 }).then(
      ({ total }) => total,
      () => 0,
    );
  await expect.poll(count).toBe(40_000);
  // Each of these tests of a property calls a function of JavaScript for each hit. An erasure waits two seconds for questions, and
  // this question takes longer.
  const none = { any: Array.from({ length: 45 }, (_, n) => ({ property: 'Plan', contains: `x${n}` })) };
  const filter = { all: [{ not: none }, { property: 'Customer ID', equals: 'p1' }] };
  let isErased = false;
  const asking = store.ask('people', { filter, limit: 10 }).then(({ total }) => ({ total, isErased }));
  await store.remover.erase(KEY, 'p1');
  isErased = true;
  const { total, isErased: isLater } = await asking;
  expect(isLater, 'the question was answered before the erasure, so it tests nothing').toBe(true);
  expect(total).toBe(0);
});

test('a statement that is interrupted while it is prepared does not run to its end', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const long =
    'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b WHERE (a.range ^ b.range) % 7 = $1';
  for (let n = 0; n < 20; n++) {
    const connection = await instance.connect();
    const gone = new AbortController();
    const isStuck = new Promise((_, reject) => gone.signal.addEventListener('abort', () => setTimeout(reject, 4000)));
    const answer = untilEnded(
      connection,
      gone.signal,
      () => undefined,
      () => rowsOf(connection, long, [1n], [BIGINT]),
    );
    gone.abort(new Error('gone'));
    await expect(Promise.race([answer, isStuck])).rejects.toThrow('gone');
    connection.closeSync();
  }
  instance.closeSync();
});

describe('places for questions', () => {
  const never = new AbortController().signal;
  const full = async (patience: number): Promise<QuestionPlaces> => {
    const places = new QuestionPlaces(patience);
    for (let n = 0; n < 4; n++) await places.take(never);
    return places;
  };

  test('are not taken by clients that have disconnected', async () => {
    const places = await full(60);
    const gone = new AbortController();
    const left = Array.from({ length: 64 }, () => places.take(gone.signal));
    await expect(places.take(never)).rejects.toThrow('Too many questions wait');
    gone.abort(new Error('gone'));
    for (const one of left) await expect(one).rejects.toThrow('gone');
    await expect(places.take(gone.signal)).rejects.toThrow('gone');
    const next = places.take(never);
    places.giveBack();
    await next;
  });

  test('are given in the order of the questions', async () => {
    const places = await full(60);
    const order: number[] = [];
    const taking = [1, 2, 3].map((n) => places.take(never).then(() => order.push(n)));
    for (let n = 0; n < 3; n++) places.giveBack();
    await Promise.all(taking);
    expect(order).toEqual([1, 2, 3]);
    for (let n = 0; n < 4; n++) places.giveBack();
    for (let n = 0; n < 4; n++) await places.take(never);
  });

  test('are waited for as long as a question may take', async () => {
    const places = await full(0.01);
    await expect(places.take(never)).rejects.toThrow('Too many questions wait');
  });
});
