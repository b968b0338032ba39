import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PeopleQueries } from '../../src/collector/store/embedded/people-queries.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { countThatFit } from '../../src/collector/store/model/latest.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import { temporaryFolder } from '../support/collector.js';
import { counted } from '../support/counted-database.js';

const MEBIBYTE = 1024 * 1024;

/** A database with one person, who has so many identities, `id1` and so on, and no hits. */
async function personOf(identities: number): Promise<Database> {
  const db = openDatabase(join(await temporaryFolder(), 'kmq.db'));
  db.exec('PRAGMA synchronous = OFF');
  migrate(db);
  db.exec("INSERT INTO sites VALUES (1, 'site')");
  const add = db.prepare('INSERT INTO identities (id, site, identity, person, last_seen) VALUES (?, 1, ?, 1, ?)');
  for (let id = 1; id <= identities; id++) add.run(id, `id${id}`, 1000 - id);
  return db;
}

describe('a person of many identities with many hits each', () => {
  test('consists of the latest hits, and few others are read', async () => {
    const db = await personOf(20);
    db.exec(`
      WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000)
      INSERT INTO hits (id, site, identity, kind, name, time, sent, received, properties, duplicate)
      SELECT n, 1, 1 + n % 20, 0, 'n' || (n / 1000), n, n, n, '[]', 0 FROM n;
      INSERT INTO filed_hits SELECT identity, sent, 0, id FROM hits;
      UPDATE filing SET filed = 1000000`);
    const reading = counted(db);
    const person = new PeopleQueries(reading).person('site', 'id7', 'auto')!;
    const times = person.events.map(({ time }) => time);
    expect([times.length, times[0], times.at(-1), person.partial]).toEqual([100_000, 900_001, 1_000_000, true]);
    expect(reading.rows).toBeLessThan(500_000);
    db.close();
  });

  interface Hit {
    identity: number;
    time: number;
    sent: number;
    mebibytes: number;
    isFiled: boolean;
  }
  const hit: fc.Arbitrary<Hit> = fc.record({
    identity: fc.integer({ min: 1, max: 6 }),
    time: fc.integer({ min: 1, max: 40 }),
    sent: fc.nat(40),
    mebibytes: fc.constantFrom(0, 1, 2, 4, 8, 17),
    isFiled: fc.boolean(),
  });

  test('has the latest hits by their time, in whatever order they were sent and are read', async () => {
    const db = await personOf(6);
    const insert = db.prepare(`
      INSERT INTO hits (id, site, identity, kind, name, time, sent, received, properties, duplicate, size)
      VALUES (?, 1, ?, 0, ?, ?, ?, 0, '[]', 0, ?)`);
    const file = db.prepare('INSERT INTO filed_hits VALUES (?, ?, 0, ?)');
    const people = new PeopleQueries(db);
    fc.assert(
      fc.property(fc.array(hit, { minLength: 1, maxLength: 120, size: 'max' }), (hits) => {
        db.exec('DELETE FROM hits; DELETE FROM filed_hits');
        // Hits that are not filed came last; one hit is in the index and also not filed.
        const inOrder = hits.toSorted((a, b) => Number(b.isFiled) - Number(a.isFiled));
        const filed = inOrder.filter(({ isFiled }) => isFiled).length;
        db.prepare('UPDATE filing SET filed = ?').run(filed);
        const rows = inOrder.map((one, at) => ({ ...one, id: at + 1, bytes: one.mebibytes * MEBIBYTE }));
        for (const { id, identity, time, sent, bytes } of rows) {
          insert.run(id, identity, `n${id}`, time, sent || null, bytes);
          if (id <= filed + 1) file.run(identity, sent, id);
        }
        const latest = rows.toSorted((a, b) => b.time - a.time || b.id - a.id);
        const count = countThatFit(latest);
        const person = people.person('site', 'id1', 'hit-id')!;
        const names = person.events.map(({ name }) => name);
        expect(names.toSorted()).toEqual(
          latest
            .slice(0, count)
            .map(({ id }) => `n${id}`)
            .toSorted(),
        );
        expect(person.partial ?? false).toBe(count < rows.length);
      }),
      { numRuns: 300 },
    );
    db.close();
  });
});
