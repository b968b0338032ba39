import { beforeAll, expect, test } from 'vitest';
import type { Condition, TextTest } from '../../src/protocol/reports.js';
import { evaluate } from './evaluator.js';
import type { World } from './evaluator/world.js';
import { expectSameAnswer } from './random/compare.js';
import { SitesDatabase, type AskedSite } from './sites-database.js';
import { VALUES } from './random/texts.js';
import { eachNth } from '../support/long.js';

/** Texts that a question compares with each value. All values are asked for here, since random questions contain few of them. */

const ALL_PARTS = [...VALUES, 'ss', 'İst', 'I', 'k', 'σ', 'É', 'ﬀ', 'SS', 'e', '://', 'com', '%', ' '];
/** A random third in each run; all of them take half a minute. */
const chosen = Date.now() % 3;
const PARTS = ALL_PARTS.filter((_, n) => process.env.KMQ_LONG || n % 3 === chosen);
const range = { from: '2026-01-01', to: '2026-01-01' };

/** For each value a person who has sent it, as event and in a property; and one more who has sent none; not more people than a split has rows. */
const worlds = chunk(
  [
    ...VALUES,
    'a\nb',
    '1\n',
    '\x0b2\f',
    'http://a\nb/c\nd?e\nf',
    'http://:80/',
    'http://@/',
    'a://b',
    'HTTP://WWW.ÜBERİ.example/Ü',
  ],
  45,
).map((values): World => worldOf([...values, undefined]));

function worldOf(values: (string | undefined)[]): World {
  return {
    timeZone: 'UTC',
    asOf: 2e9,
    identities: values.map((_, index) => ({ identity: index + 1, name: `has ${index}`, person: index + 1 })),
    hits: values.map((value, index) => ({
      ...{ hit: index + 1, identity: index + 1, agent: 0, event: 'A' },
      time: Date.parse('2026-01-01T12:00Z') / 1000 + (index % 3),
      properties: value === undefined ? {} : { P: value },
    })),
  };
}

function chunk<T>(all: T[], size: number): T[][] {
  return all.length <= size ? [all] : [all.slice(0, size), ...chunk(all.slice(size), size)];
}

let sites: { world: World; asked: AskedSite }[];
beforeAll(async () => {
  const engine = await SitesDatabase.open();
  sites = [];
  for (const world of worlds) {
    const rows = world.hits.map((hit) => ({ ...hit, person: hit.identity }));
    const site = { world, rows, identities: [...world.identities], merges: [], columns: ['p'], day: range.from };
    sites.push({ world, asked: await engine.add(site) });
  }
});

const notOf = (not: TextTest): Condition => ({ event: 'A', where: [{ not }] });

const asTest: Record<string, (text: string) => Condition> = {
  equals: (text) => ({ property: 'P', equals: text }),
  contains: (text) => ({ property: 'P', contains: text }),
  begins: (text) => ({ property: 'P', begins: text }),
  ends: (text) => ({ property: 'P', ends: text }),
  'does not equal': (text) => notOf({ property: 'P', equals: text }),
  'does not contain': (text) => notOf({ property: 'P', contains: text }),
  'does not begin': (text) => notOf({ property: 'P', begins: text }),
  'does not end': (text) => notOf({ property: 'P', ends: text }),
};

test.each(eachNth(Object.keys(asTest), 4))(
  'which values a text %s: the engine and the evaluator find the same',
  async (name) => {
    for (const { world, asked } of sites) {
      for (const part of PARTS) {
        const question = { filter: asTest[name]!(part), limit: 1000 };
        const found = (await asked.ask('people', question)).people.map(({ identities }) => identities[0]);
        const expected = evaluate('people', question, world).people.map(({ identities }) => identities[0]);
        expect(found.sort(), JSON.stringify(question)).toEqual(expected.sort());
      }
    }
  },
);

test.each([-1e300, -4, -3.75, -0.5, 0, 0.25, 2, 7, 999.999, 1000, 2 ** 40, 2 ** 53, 1e19, 1e300])(
  'which values are greater or less than %d: the engine and the evaluator find the same',
  async (limit) => {
    for (const { world, asked } of sites) {
      for (const test of [{ greater: limit }, { less: limit }]) {
        await expectSameAnswer('people', { filter: { property: 'P', ...test }, limit: 1000 }, asked, world);
      }
    }
  },
);

test.each(eachNth([undefined, 'lower', 'path', 'domain'] as const, 2))(
  'the sums of values, split by %s, are those of the evaluator',
  async (transform) => {
    const split = { property: 'P', attribution: 'last touch', ...(transform && { transform }) } as const;
    for (const { world, asked } of sites) {
      for (const count of ['sum', 'average', 'people'] as const) {
        const added = count === 'people' ? {} : { property: 'P' };
        await expectSameAnswer('trend', { ...range, event: 'A', count, ...added, by: 'day', split }, asked, world, 20);
      }
    }
  },
);
