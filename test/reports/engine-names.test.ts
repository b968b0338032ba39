import { DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import { discardReports } from '../../src/collector/reports/engine/files.js';
import { Names } from '../../src/collector/reports/engine/names.js';
import { CREATE_TABLES } from '../../src/collector/reports/tables.js';
import { arrived } from '../support/arrived-hits.js';
import { NOW, open } from './engine-stand.js';

const OWN = 2000;
const SHARED = 150_000;
const MOST_OF_A_SITE = 65_535;

/** Sends `count` different names of events. @returns how many of them reports know */
function send(names: Names, site: number, count: number, from = 0): number {
  let known = 0;
  for (let n = from; n < from + count; n++) known += Number(names.noteEvent(site, `event ${n}`) !== undefined);
  return known;
}

test('each site can have 2,000 names, also if strangers have used all names that sites share', async () => {
  const names = new Names();
  // Strangers send hits for their own keys, which may be among the first sites.
  const taken = [60, 61, 62].map((site) => send(names, site, MOST_OF_A_SITE));
  expect(taken.reduce((sum, count) => sum + count)).toBe(SHARED);
  expect(names.noteEvent(63, 'Signed Up')).toBe(undefined);
  expect(names.noteProperty(63, 'Plan')).toBe(undefined);
  expect(send(names, 50, 10)).toBe(10);
  expect(names.noteEvent(1, 'Signed Up')).toBeGreaterThan(0);
  expect(names.noteProperty(1, 'Plan')).toMatchObject({ column: 1 });
  expect(send(names, 1, OWN)).toBe(OWN - 2);
  expect(names.noteEvent(1, 'signed up')).toBeGreaterThan(0);
});

test('a single site can use all names, and names that are read from the file count like new ones', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run(CREATE_TABLES);
  const names = new Names();
  expect(send(names, 1, MOST_OF_A_SITE + 1)).toBe(MOST_OF_A_SITE);
  const others = SHARED - (MOST_OF_A_SITE - OWN);
  expect(send(names, 60, others - 1)).toBe(MOST_OF_A_SITE);
  expect(send(names, 61, others - 1 - MOST_OF_A_SITE)).toBe(others - 1 - MOST_OF_A_SITE);
  await names.write(connection);
  const read = new Names();
  await read.load(connection);
  expect(send(read, 62, 2)).toBe(1);
  expect(send(read, 2, 2)).toBe(2);
});

test('a name has the spelling of its first hit, whether its hits were there before or have come since, and when reports are made again', async () => {
  const named = (n: number, event: string, property: string) =>
    arrived({ person: `p${n}`, event, time: NOW - n, properties: [[property, `${n}`]], id: `id ${n}` });
  const store = await open();
  const spelled = () =>
    expect.poll(async () => {
      const { events, properties } = await store.ask('names', {}).catch(() => ({ events: [], properties: [] }));
      return [events, properties].map((names) => names.map(({ name, times }) => `${name} ${times}`).sort());
    });
  await store.store.append([named(0, 'NULL', 'Plan'), named(1, 'null', 'PLAN'), named(2, 'Null', 'plan')]);
  await spelled().toEqual([['NULL 3'], ['Plan 3']]);
  await store.store.append([named(3, 'nULL', 'pLAN'), named(4, 'Paid', 'Seat'), named(5, 'PAID', 'SEAT')]);
  const all = [
    ['NULL 4', 'Paid 2'],
    ['Plan 4', 'Seat 2'],
  ];
  await spelled().toEqual(all);
  await store.reports.close();
  discardReports(store.folder);
  await store.restart();
  await spelled().toEqual(all);
});
