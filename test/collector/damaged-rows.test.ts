import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { clickHouseOfTest, findClickHouse } from '../support/clickhouse.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { destroyPage, destroyRows, rootOf } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { openFolder, run } from '../support/transfer.js';
import { eachNth } from '../support/long.js';

const T = 1_400_000_000;
const PAGE = 4096;

const hit = (n: number, key = 'site'): ArrivedHit => ({
  hit: {
    ...{
      kind: 'event',
      key,
      person: `p${n}@example.com`,
      name: `n${n}`,
      time: T + n,
      sent: T + n,
      id: null,
      warnings: [],
    },
    properties: [['filler', `marker${n};${'x'.repeat(200)}`]],
  },
  received: T,
  agent: 'browser',
});

async function filled(count: number, other = 0): Promise<string> {
  const folder = await temporaryFolder();
  const store = openFolder(folder);
  await store.append(Array.from({ length: count }, (_, n) => hit(n)));
  await store.append(Array.from({ length: other }, (_, n) => hit(n, 'other')));
  await store.close();
  return folder;
}

/** Changes the database of a closed store. */
function change(folder: string, sql: string): void {
  inDatabase(folder, (db) => db.exec(sql));
}

const names = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { name?: string; key?: string; _n?: string })
    .filter(({ name, _n }) => name ?? _n)
    .map(({ key, name, _n }) => (key === 'other' ? 'other ' : '') + (name ?? _n!));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => `n${n}`);
const exported = (folder: string) => run(['export', '--data', folder]);

describe('a damaged row of the embedded store', () => {
  test.each(
    eachNth(
      [
        ['properties that are not JSON', 'properties = \'[["a",\''],
        ['JSON that is not a list of properties', `properties = '{"a":1}'`],
        ['properties that are not texts', `properties = '[["a",null]]'`],
        ['a number of a missing text', `properties = '[["a",987654321]]'`],
        ['properties in bytes', "properties = x'31'"],
        ['no name', 'name = NULL'],
        ['an unknown kind', 'kind = 77'],
        ['a time that is not a number', "time = 'x'"],
        ['a number that JavaScript cannot represent', 'received = 9223372036854775807'],
        ['an id that is not text', "hit_id = x'00'"],
      ],
      3,
    ),
  )('with %s is left out and named', async (_, set) => {
    const folder = await filled(5);
    change(folder, `UPDATE hits SET ${set} WHERE id = 3`);
    const { code, out, err } = await exported(folder);
    expect([code, names(out)]).toEqual([2, upTo(5).filter((name) => name !== 'n2')]);
    expect(err).toMatch(
      /^Left out: hit 3 of site “site”, (arrived 2014-05-13T16:53:20.000Z|arrived at an unknown time): .*\n/,
    );
    expect(err).toMatch(/\nHits exported: 4; sites: 1; damaged and left out: 1\.\n$/);
  });

  test.each([
    [10, false],
    [11, true],
  ])('of %i that are left out, ten are named, and the sentence about more is there: %s', async (damaged, isMore) => {
    const folder = await filled(12);
    change(folder, `UPDATE hits SET properties = 'x' WHERE id <= ${damaged}`);
    const { err } = await exported(folder);
    expect(err.match(/^Left out: /gm)).toHaveLength(10);
    const sentence = 'More left-out hits are counted, but not listed.';
    expect(err.match(/More left-out hits.*/g) ?? []).toEqual(isMore ? [sentence] : []);
  });

  test('is left out by an import from a file, which stores everything else', async () => {
    const folder = await filled(5);
    change(folder, `UPDATE hits SET properties = 'x' WHERE id IN (1, 5)`);
    const backup = join(folder, 'backup');
    expect(await run(['export', '--data', folder, '--output', backup])).toMatchObject({ code: 2 });
    const to = await temporaryFolder();
    expect(await run(['import', backup, '--data', to])).toMatchObject({
      code: 0,
      err: 'Lines read: 4; hits imported: 3; lines rejected: 0.\n',
    });
  });

  test('is counted, and the first ten are named', async () => {
    const folder = await filled(3000);
    change(folder, `UPDATE hits SET properties = 'x' WHERE id % 2 = 0`);
    const { code, out, err } = await exported(folder);
    expect([code, names(out).length]).toEqual([2, 1500]);
    expect(err.split('\n').filter((line) => line.startsWith('Left out'))).toHaveLength(10);
    expect(err).toContain('left out: 1500.');
    expect(err).toContain('\nMore left-out hits are counted, but not listed.\n');
  });

  test('keeps an earlier backup if it was the only row', async () => {
    const folder = await filled(3);
    change(folder, `UPDATE hits SET properties = 'x'`);
    const backup = join(folder, 'backup');
    writeFileSync(backup, 'old');
    expect(await run(['export', '--data', folder, '--output', backup])).toMatchObject({
      code: 1,
      err: expect.stringContaining('No hit of the store can be read') as string,
    });
    expect(readFileSync(backup, 'utf8')).toBe('old');
  });

  test('ends neither an export by HTTP, nor a person, nor Live', async () => {
    const folder = await filled(3);
    change(
      folder,
      `UPDATE hits SET identity = 1; UPDATE hits SET properties = 'x', name = NULL, warnings = 'x' WHERE id = 2;`,
    );
    const collector = await serve(['--data', folder]);
    const ask = async (path: string): Promise<string> => (await fetch(collector.origin + path)).text();
    for (let times = 0; times < 2; times++) {
      expect(names(await ask('/api/v1/export?key=site'))).toEqual(['n0', 'n2']);
    }
    expect(await ask('/metrics')).toMatch(/^kmq_export_rows_skipped_total 2$/m);
    const told = (): string[] => collector.log.filter((line) => line.includes('damaged rows'));
    await expect.poll(() => told().length).toBe(1);
    expect(JSON.parse(told()[0]!)).toMatchObject({ level: 'error', row: '2' });
    expect(told()[0]).not.toContain('example.com');
    const person = JSON.parse(await ask('/api/v1/people/p0%40example.com?key=site')) as { events: { name: string }[] };
    expect(person.events.map(({ name }) => name)).toEqual(['n0', 'n2']);
    const client = await startCollector({ data: await copyOf(folder) });
    const { hits } = await client.live(3);
    expect(hits).toHaveLength(3);
    expect(JSON.stringify(hits[1])).toContain('damaged in the store');
  });
});

async function copyOf(folder: string): Promise<string> {
  const copy = await temporaryFolder();
  const { out } = await run(['export', '--data', folder]);
  expect(out).not.toBe('');
  change(folder, `VACUUM INTO '${join(copy, 'kmq.db')}'`);
  return copy;
}

describe('a page of the embedded store that cannot be read', () => {
  test('is left out: every row on other pages is read, each once and in its order', async () => {
    const folder = await filled(3000, 500);
    const lost = ['marker0;', 'marker700;', 'marker1500;', 'marker2100;', 'marker2999;'];
    expect(destroyRows(folder, lost)).toBeGreaterThan(4);
    const { code, out, err } = await exported(folder);
    const got = names(out);
    expect(code).toBe(2);
    expect(new Set(got).size).toBe(got.length);
    const missing = [...upTo(3000), ...upTo(500).map((name) => `other ${name}`)].filter((name) => !got.includes(name));
    expect(got).toEqual(
      [...upTo(3000), ...upTo(500).map((name) => `other ${name}`)].filter((name) => got.includes(name)),
    );
    for (const marker of lost) expect(missing).toContain(`n${parseInt(marker.slice(6))}`);
    // A page has less than twenty rows.
    expect(missing.length).toBeLessThan(120);
    expect(err).toContain(`left out: ${missing.length}.`);
    expect(err).toContain('malformed');
  });

  test('next to rows with much larger numbers does not prevent the end of an export', async () => {
    const folder = await filled(200);
    change(folder, 'UPDATE hits SET id = id + 9007199254740000 WHERE id > 80');
    expect(destroyRows(folder, ['marker150;'])).toBe(1);
    const { code, out } = await exported(folder);
    expect([code, names(out).at(-1)]).toEqual([2, 'n199']);
  });

  test('of an index costs no row', async () => {
    const folder = await filled(3000);
    destroyPage(folder, rootOf(folder, 'hits_by_site'));
    const { code, out, err } = await exported(folder);
    expect([code, names(out)]).toEqual([0, upTo(3000)]);
    expect(err).toBe('Hits exported: 3000; sites: 1.\n');
  });

  test('of the identities costs the rows of these people', async () => {
    const folder = await filled(3000);
    expect(destroyRows(folder, ['p1500@example.com'])).toBeGreaterThan(0);
    const { code, out } = await exported(folder);
    const got = names(out);
    expect(code).toBe(2);
    expect(got).not.toContain('n1500');
    expect(got).toEqual(upTo(3000).filter((name) => got.includes(name)));
    expect(got.length).toBeGreaterThan(2700);
  });

  test('because the file was cut off is an error with a sentence that says what to do', async () => {
    const folder = await filled(3000);
    const file = join(folder, 'kmq.db');
    truncateSync(file, Math.floor((readFileSync(file).length / PAGE) * 0.8) * PAGE);
    const { code, out, err } = await exported(folder);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/kmq\.db is truncated.*restore a backup/);
  });

  test('is left out by HTTP as well, and the collector continues', async () => {
    const folder = await filled(1000);
    destroyRows(folder, ['marker500;']);
    const collector = await startCollector({ data: folder });
    expect((await collector.export()).length).toBeGreaterThan(970);
    const metrics = await (await fetch(`${collector.origin}/metrics`)).text();
    expect(Number(/^kmq_export_rows_skipped_total (\d+)$/m.exec(metrics)![1])).toBeGreaterThan(5);
    expect((await collector.send('/e?_k=site&_p=after&_n=after')).status).toBe(200);
    expect((await collector.export()).at(-1)).toMatchObject({ _n: 'after' });
  });
});

describe('although something in the store is damaged,', () => {
  test('the other hits of a person and of Live are shown', async () => {
    const folder = await filled(200);
    change(folder, 'UPDATE hits SET identity = 1');
    // Also the last rows, from which Live reads how far the store is.
    expect(destroyRows(folder, ['marker100;', 'marker199;'])).toBeGreaterThan(1);
    const collector = await startCollector({ data: folder });
    const names = (await collector.person('p0@example.com', 'site'))!.events.map(({ name }) => name);
    expect(names).toContain('n0');
    expect(names).not.toContain('n100');
    expect(names.length).toBeGreaterThan(40);
    const shown = (await collector.live(40, 'site')).hits.map(({ name }) => name);
    expect(shown).not.toContain('n199');
  });

  test('this version can open a store of the previous version', async () => {
    const folder = await temporaryFolder();
    copyFileSync('test/collector/data/schema-2.db', join(folder, 'kmq.db'));
    change(
      folder,
      `WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 199)
       INSERT INTO hits (site, identity, kind, name, time, sent, received, properties, duplicate)
       SELECT i.site, i.id, 0, 'n' || n, ${T} + n / 10, ${T} + n / 10, ${T},
         '[["filler","marker' || n || ';${'x'.repeat(200)}"]]', 0
       FROM counted, identities i WHERE i.site = 1 AND i.identity = 'bob'`,
    );
    expect(destroyRows(folder, ['marker100;'])).toBe(1);
    for (let start = 0; start < 2; start++) {
      const told: string[] = [];
      const store = openFolder(folder, (sentence) => told.push(sentence));
      expect(told).toEqual(
        start === 0 ? [expect.stringContaining('Some database pages of the store cannot be read')] : [],
      );
      await store.append([{ ...hit(0), hit: { ...hit(0).hit, person: 'bob', name: `after ${start}` } }]);
      await store.close();
    }
    const { out } = await exported(folder);
    expect(names(out)).toEqual(expect.arrayContaining(['n0', 'n199', 'after 0', 'after 1']));
  });

  test.each(
    eachNth(
      [
        ['cut in the middle', `substr(properties, 1, 300000)`],
        ['damaged at its beginning', `'x' || properties`],
        ['damaged between two properties', `substr(properties, 1, 3000) || '],["",' || substr(properties, 3000)`],
        ['bytes', `CAST(properties AS BLOB)`],
      ],
      2,
    ),
  )('Live shows a hit whose properties are %s', async (_, properties) => {
    const folder = await temporaryFolder();
    const store = openFolder(folder);
    const large = hit(1);
    large.hit.properties = Array.from({ length: 10_000 }, (_, n) => [`property ${n}`, 'x'.repeat(50)]);
    await store.append([hit(0), large, hit(2)]);
    await store.close();
    change(folder, `UPDATE hits SET properties = ${properties} WHERE id = 2`);
    const collector = await startCollector({ data: folder });
    const { hits } = await collector.live(3);
    expect(hits.map(({ person }) => person)).toEqual(['p0@example.com', 'p1@example.com', 'p2@example.com']);
  });
});

test.skipIf(!findClickHouse())(
  'a damaged row of ClickHouse is left out of the export, and shown as far as it can be read',
  async () => {
    const server = await clickHouseOfTest();
    const url = server.url();
    const collector = await startCollector({ store: url });
    for (const name of ['a', 'b', 'c']) await collector.send(`/e?_k=site&_p=bob&_n=${name}&v=1`);
    expect((await collector.export()).length).toBe(3);
    const database = url.split('/').at(-1);
    for (const table of ['hits', 'arrivals']) {
      await server.ask(`ALTER TABLE ${database}.${table} UPDATE properties = '[["v"', warnings = 'x' WHERE name = 'b'`);
    }
    await expect.poll(() => server.ask('SELECT count() FROM system.mutations WHERE NOT is_done')).toBe('0');
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['a', 'c']);
    expect(await (await fetch(`${collector.origin}/metrics`)).text()).toMatch(/^kmq_export_rows_skipped_total 1$/m);
    expect((await collector.person('bob'))!.events.map(({ name }) => name)).toEqual(['a', 'c']);
    expect((await collector.live(3)).hits).toHaveLength(3);
    const { code, out, err } = await run(['export', '--store', url]);
    expect([code, names(out)]).toEqual([2, ['a', 'c']]);
    expect(err).toMatch(/^Left out: hit \d+ \d+ of site “site”, arrived 2.*\n/);
  },
);
