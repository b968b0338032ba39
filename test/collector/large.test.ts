import { describe, expect, test } from 'vitest';
import { now } from '../../src/collector/clock.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { liveOf, peopleOf, personOf } from '../support/answers.js';
import { storeOfProject } from '../support/collector.js';

const BEGAN = 1_400_000_000;

/** An event in a store of an earlier version, in which a request could contain so much. */
function hit(n: number, properties: [string, string][], person = 'bob'): ArrivedHit {
  const time = BEGAN + n;
  const common = { key: 'site', person, name: `n${n}`, time, sent: time, id: `h${n}`, warnings: [] };
  return { hit: { kind: 'event', ...common, properties }, received: time, agent: 'browser' };
}

const alias = (n: number, one: string, other: string): ArrivedHit => {
  const { hit: event, ...arrival } = hit(n, [], one);
  return { hit: { ...event, kind: 'alias', name: other }, ...arrival };
};

const properties = (count: number, value: string): [string, string][] =>
  Array.from({ length: count }, (_, n) => [`p${n}`, value]);

/** A megabyte, which is six megabytes as JSON: every character is written as `\u0001`. */
const SIX_MEGABYTES = properties(128, '\u0001'.repeat(8192));

describe('a person of large hits', () => {
  test('consists of the latest hits within 16 MiB of stored properties, and says that there are more', async () => {
    const store = await storeOfProject();
    await store.append([hit(0, [['before', 'all']])]);
    for (let n = 1; n <= 5; n++) await store.append([hit(n, SIX_MEGABYTES)]);
    await store.append([hit(6, [['plan', 'pro']])]);
    const bob = (await personOf(store, 'site', 'bob'))!;
    expect([bob.partial, bob.events.map(({ name }) => name)]).toEqual([true, ['n4', 'n5', 'n6']]);
    expect([bob.properties.plan, bob.properties.before]).toEqual([[{ value: 'pro', time: BEGAN + 6 }], undefined]);
    expect(bob.properties.p127!.map(({ value }) => value.length)).toEqual([8192, 8192]);
    await store.append([hit(7, [['plan', 'free']], 'ann')]);
    expect(await personOf(store, 'site', 'ann')).not.toHaveProperty('partial');
  });

  test('shows the latest hit, however large it is', async () => {
    const store = await storeOfProject();
    await store.append([hit(0, [['a', '1']]), hit(1, properties(400, '\u0001'.repeat(8192)))]);
    const bob = (await personOf(store, 'site', 'bob'))!;
    expect([bob.partial, bob.events.map(({ name }) => name)]).toEqual([true, ['n1']]);
  });

  test('of 150,000 properties has all of them', async () => {
    const store = await storeOfProject();
    await store.append([hit(0, properties(150_000, '1'))]);
    const bob = (await personOf(store, 'site', 'bob'))!;
    expect([Object.keys(bob.properties).length, bob.partial]).toEqual([150_000, undefined]);
  });
});

describe('Live of large hits', () => {
  test('shows a hundred properties of one, and how many more there are', async () => {
    const store = await storeOfProject();
    await store.append([
      hit(0, properties(150_000, '"],["')),
      hit(1, properties(101, '1')),
      hit(2, properties(100, '1')),
    ]);
    const { hits } = await liveOf(store, 'site', undefined);
    expect(hits.map((one) => [Object.keys(one.properties).length, one.moreProperties])).toEqual([
      [100, 149_900],
      [100, 1],
      [100, undefined],
    ]);
    expect(hits[0]!.properties.p99).toBe('"],["');
  });

  test('shows as many long values as 16 KiB of JSON can contain, and leaves out values that are too long', async () => {
    const store = await storeOfProject();
    const long: [string, string][] = [
      ['long', '\u0001'.repeat(8192)],
      ['short', 'x'],
      ...properties(9, 'é'.repeat(4000)),
    ];
    await store.append([hit(0, long), hit(1, SIX_MEGABYTES)]);
    const [some, none] = (await liveOf(store, 'site', undefined)).hits;
    expect([Object.keys(some!.properties), some!.moreProperties]).toEqual([['short', 'p0', 'p1', 'p2', 'p3'], 6]);
    expect([none!.properties, none!.moreProperties]).toEqual([{}, 128]);
  });

  test('sends a megabyte at once, the latest hits, and counts those that did not fit', async () => {
    const store = await storeOfProject();
    await store.append([hit(0, [])]);
    const { cursor } = await liveOf(store, 'site', undefined);
    const large = Array.from({ length: 150 }, (_, n) => hit(n + 1, properties(40, 'x'.repeat(1000))));
    // They arrive now: Live leaves out hits that arrived long ago.
    await store.append(large.map((entry) => ({ ...entry, received: now() })));
    // In ClickHouse, all of them must be forwarded first.
    await store.people('site', '', 1);
    const page = await store.live('site', cursor, 100);
    expect(page.events.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThan(1_100_000);
    const { hits, skipped } = await liveOf(store, 'site', cursor);
    expect(hits.length).toBeGreaterThan(50);
    expect([hits.length + skipped, hits.at(-1)!.name]).toEqual([150, 'n150']);
    // The first page of a reader has the latest hits, and older ones do not count as skipped.
    expect((await liveOf(store, 'site', undefined)).skipped).toBe(0);
  });
});

test('the export of large hits is sent in pieces of a few hits, and is complete', async () => {
  const store = await storeOfProject();
  for (let n = 0; n < 8; n++) await store.append([hit(n, SIX_MEGABYTES)]);
  await store.append(Array.from({ length: 2500 }, (_, n) => hit(n + 8, [['a', '1']])));
  const lines: string[] = [];
  for await (const piece of store.rawExport('site')) {
    expect(piece.length).toBeLessThan(16 * 1024 * 1024);
    lines.push(...Buffer.from(piece).toString().trimEnd().split('\n'));
  }
  const names = lines.map((line) => (JSON.parse(line) as { _n: string })._n);
  expect(names).toEqual(Array.from({ length: 2508 }, (_, n) => `n${n}`));
  // An export that is not read to its end delays no other, and does not prevent close().
  for await (const _ of store.rawExport('site')) break;
  expect(await personOf(store, 'site', 'bob')).toBeDefined();
});

test('a search lists the latest hundred identities of a person, and says how many more there are', async () => {
  const store = await storeOfProject();
  await store.append([hit(500, [], 'id0')]);
  for (let n = 1; n < 150; n++) await store.append([alias(n, `id${n - 1}`, `id${n}`)]);
  await store.append([hit(400, [], 'id149')]);
  const [person, ...others] = await peopleOf(store, 'site', 'ID14');
  expect([others, person!.identities.length, person!.moreIdentities]).toEqual([[], 100, 50]);
  expect([person!.identities.at(-1), person!.customerIds, person!.lastSeen]).toEqual(['id149', ['id149'], BEGAN + 500]);
  expect((await personOf(store, 'site', 'id3'))!.identities).toHaveLength(150);
});
