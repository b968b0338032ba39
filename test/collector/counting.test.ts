import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { ArrivedHit, Counting, ImportWriter, Store } from '../../src/collector/store/store.js';
import { undoToSchema2 } from '../support/old-schema.js';
import { liveOf, personOf } from '../support/answers.js';
import { findClickHouse, startClickHouse } from '../support/clickhouse.js';
import { temporaryFolder } from '../support/collector.js';
import { someOf } from '../support/long.js';
import { inDatabase } from '../support/store-files.js';

const T = 1_400_000_000;
const WAYS: Counting[] = ['auto', 'reference', 'hit-id'];

/** A store in which all sites count in the same way, which can be changed. */
interface Counted {
  store: Store & ImportWriter;
  count: (as: Counting) => void;
}

function embedded(folder: string): Counted {
  let counting: Counting = 'auto';
  const store = new EmbeddedStore({ folder, counting: () => counting });
  return { store, count: (as) => (counting = as) };
}

/** What counts in each way: the events and values of some people, and what Live shows about each hit. */
async function answers({ store, count }: Counted, key: string, people: readonly string[]): Promise<unknown> {
  const all: Record<string, unknown> = {};
  for (const way of WAYS) {
    count(way);
    const { hits } = await liveOf(store, key, undefined, 1000);
    all[way] = {
      people: await Promise.all(people.map((person) => personOf(store, key, person))),
      repeats: hits.map(({ person, name, time, duplicate }) => [person, name, time, duplicate]),
    };
  }
  return all;
}

async function hitsOf(store: Store, key: string): Promise<ArrivedHit[]> {
  const hits: ArrivedHit[] = [];
  for await (const { received, agent, ...hit } of store.export(key)) hits.push({ hit, received, agent });
  return hits;
}

/** Gives a store the form of schema 2, for sites that counted by the reference's rule or by hit id. */
function asBefore(folder: string, byReference: boolean): void {
  inDatabase(folder, (db) => {
    undoToSchema2(db);
    db.exec(`UPDATE hits SET duplicate = ${byReference ? 'duplicate & 1' : '0'}`);
  });
}

const event = fc
  .record({
    person: fc.constantFrom('bob', 'ann'),
    name: fc.constantFrom('ä', 'Ä', 'İ'),
    sent: fc.constantFrom(null, 0, T, T, T, T + 1),
    id: fc.constantFrom(null, null, null, '0', '1', '2'),
    kind: fc.constantFrom('event' as const, 'event' as const, 'event' as const, 'properties' as const),
  })
  .map((hit) => ({ ...hit, time: hit.sent || T, name: hit.kind === 'event' ? hit.name : null }));

describe('the same hits', () => {
  test('count the same in each way: as they arrive, stored by the previous version, and moved to another store', async () => {
    const server = findClickHouse() ? await startClickHouse() : undefined;
    onTestFinished(() => server?.stop());
    let counting: Counting = 'auto';
    const folder = await temporaryFolder();
    const clickHouse = server && new ClickHouseStore({ url: server.url(), folder, counting: () => counting });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 40, size: 'max' }),
        fc.boolean(),
        async (events, byReference) => {
          const key = `site${run++}`;
          const people = ['bob', 'ann'];
          const hits = events.map((hit, n): ArrivedHit => {
            const properties: [string, string][] = [['Plan', `v${n}`]];
            return { hit: { ...hit, key, properties, warnings: [] }, received: T, agent: 'server' };
          });
          const data = await temporaryFolder();
          let first = embedded(data);
          for (let at = 0; at < hits.length; at += 8) {
            await first.store.append(hits.slice(at, at + 8));
            // The next writer remembers nothing of these hits, and has to read them.
            await first.store.close();
            first = embedded(data);
          }
          const expected = await answers(first, key, people);
          await first.store.close();

          asBefore(data, byReference);
          const migrated = embedded(data);
          expect(await answers(migrated, key, people)).toEqual(expected);
          const exported = await hitsOf(migrated.store, key);
          await migrated.store.close();

          const again = embedded(await temporaryFolder());
          for (const hit of exported) await again.store.append([hit]);
          expect(await answers(again, key, people)).toEqual(expected);
          await again.store.close();

          if (!clickHouse) return;
          await clickHouse.append(hits);
          expect(await answers({ store: clickHouse, count: (as) => (counting = as) }, key, people)).toEqual(expected);
        },
      ),
      { numRuns: someOf(25), endOnFailure: true },
    );
    await clickHouse?.close();
  });

  test.each(['site', 'by-id'])('count in a store of the previous version, at %s', async (key) => {
    const folder = await temporaryFolder();
    // Written by the version before the setting `counting`: the site “site” counted by the reference's rule, “by-id” only by hit id.
    copyFileSync('test/collector/data/schema-2.db', join(folder, 'kmq.db'));
    const old = embedded(folder);
    const counts: Record<string, number[]> = {};
    for (const way of WAYS) {
      old.count(way);
      const people = await Promise.all(['anon', 'ann'].map((person) => personOf(old.store, key, person)));
      counts[way] = people.map((person) => person!.events.length);
    }
    // Bob has four page views, two without id, and one a second later; two Bestätigt as one, and two without a time; Zero.
    expect(counts).toEqual({ auto: [11, 1], reference: [8, 1], 'hit-id': [14, 1] });
    const again = embedded(await temporaryFolder());
    await again.store.append(await hitsOf(old.store, key));
    const people = ['anon', 'ann'];
    expect(await answers(again, key, people)).toEqual(await answers(old, key, people));
    await old.store.close();
    await again.store.close();
  });
});
