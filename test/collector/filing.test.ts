import { describe, expect, test } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { liveOf, personOf } from '../support/answers.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { destroyRows } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { openFolder, storedHits } from '../support/transfer.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';

const T = 1_400_000_000;

function hit(n: number, more: Partial<ArrivedHit['hit']> = {}): ArrivedHit {
  const hit = { kind: 'event', key: KEY, person: `p${n}`, name: `n${n}`, time: T + n, sent: T + n, id: `i${n}` };
  return { received: T, agent: 'browser', hit: { ...hit, properties: [], warnings: [], ...more } as ArrivedHit['hit'] };
}

describe('a store whose last hits are on a page that cannot be read', () => {
  test('acknowledges no hit that it does not store, and erases other people', async () => {
    const folder = await temporaryFolder();
    const first = openFolder(folder);
    const filler = (n: number): [string, string][] => [['filler', `${n} ${'x'.repeat(190)}`]];
    await first.append(Array.from({ length: 300 }, (_, n) => hit(n, { properties: filler(n) })));
    await first.close();
    expect(destroyRows(folder, ['i299'])).toBe(1);

    const second = openFolder(folder);
    const acknowledged: string[] = [];
    for (let n = 1000; n < 1005; n++) {
      await second.append([hit(n)]).then(
        () => acknowledged.push(`i${n}`),
        (error: unknown) => expect(String(error)).toContain('malformed'),
      );
    }
    const ids = (await storedHits(second)).map(({ id }) => id!);
    expect(ids.filter((id) => Number(id.slice(1)) >= 1000)).toEqual(acknowledged);
    expect(ids.length).toBeGreaterThan(250);
    expect(await second.erase(KEY, 'p5')).toEqual({ identities: ['p5'], hits: 1 });
    expect((await storedHits(second)).map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'i5'));
  });
});

test('a hit whose number is used by another hit is not acknowledged, and is stored when it is sent again', async () => {
  const folder = await temporaryFolder();
  const store = openFolder(folder);
  await store.append([hit(1)]);
  inDatabase(folder, (db) =>
    db.exec(`INSERT INTO hits (site, identity, kind, name, time, sent, received, properties, duplicate)
      SELECT site, identity, kind, 'by hand', time, sent, received, properties, duplicate FROM hits`),
  );
  await expect(store.append([hit(2)])).rejects.toThrow('already');
  await store.append([hit(2)]);
  expect((await storedHits(store)).map(({ name }) => name)).toEqual(['n1', 'by hand', 'n2']);
});

describe('a text that several hits use', () => {
  const said = (n: number, value: string) => hit(n, { name: 'x', properties: [['what', value]] });
  const texts = (folder: string) =>
    inDatabase(folder, (db) => db.prepare('SELECT text, uses FROM texts ORDER BY id').all());

  test('is removed with the last of them, also if the first was removed while it was being filed', async () => {
    const folder = await temporaryFolder();
    const first = new EmbeddedStore({ folder, counting: () => 'reference' }, { hitsOfARound: 6, filedPerCommit: 0 });
    for (const n of [1, 2, 3]) await first.append([said(n, n === 3 ? 'other' : 'secret')]);
    for (const n of [4, 5, 6]) await first.append([said(n, 'other')]);
    // The hit of p2 is the second of a round, whose last hits are filed with the next two commits.
    await first.append([said(7, 'secret')]);
    await first.erase(KEY, 'p2');
    await first.append([said(8, 'other')]);
    await first.close();
    expect(texts(folder)).toEqual([
      { text: 'what', uses: 4 },
      { text: 'secret', uses: 0 },
      { text: 'other', uses: 3 },
    ]);
    const second = openFolder(folder);
    await second.erase(KEY, 'p7');
    expect(texts(folder).map((row) => (row as { text: string }).text)).toEqual(['what', 'other']);
  });

  test('gets another number after a transaction that was rolled back', async () => {
    const folder = await temporaryFolder();
    const store = openFolder(folder);
    const event = (second: number, name: string) =>
      hit(0, { person: 'bob', name, sent: T + second, time: T + second, id: null });
    const seen = (name: string) => [event(1, name), event(2, name)];
    const impossible = { ...hit(0), received: null as unknown as number };
    // An event of an earlier second is compared with the stored hits of that second.
    const lost = [...seen('first name'), event(3, 'later'), event(2, 'compared'), impossible];
    await expect(store.append(lost)).rejects.toThrow('NOT NULL');
    await store.append([...seen('other name'), event(3, 'later'), event(2, 'other name'), event(2, 'first name')]);
    const { events } = (await personOf(store, KEY, 'bob'))!;
    expect(events.map(({ name, time }) => [name, time - T])).toEqual([
      ['other name', 1],
      ['other name', 2],
      ['first name', 2],
      ['later', 3],
    ]);
  });
});

describe('a hit of which Live reads only the beginning', () => {
  test('shows its properties, however its letters are encoded', async () => {
    const store = openFolder(await temporaryFolder());
    // Names occur again, so they are stored once; the values do not.
    const value = (of: number, n: number): string => 'あ'.repeat(180) + `${of} ${n}`;
    const properties = (of: number) =>
      Array.from({ length: 150 }, (_, n): [string, string] => [`property ${n}`, value(of, n)]);
    await store.append([1, 2, 3].map((n) => hit(n, { properties: properties(n) })));
    const { hits } = await liveOf(store, KEY, undefined);
    expect(hits).toHaveLength(3);
    for (const [at, { properties: shown, moreProperties, warnings }] of hits.entries()) {
      expect(warnings).toEqual([]);
      expect(Object.keys(shown).length + (moreProperties ?? 0)).toBe(150);
      expect(shown['property 0']).toBe(value(at + 1, 0));
    }
  });
});
