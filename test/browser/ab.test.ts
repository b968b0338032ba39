import { describe, expect, test } from 'vitest';
import { choose } from '../../src/tracker/commands/ab.js';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

const PEOPLE = 100_000;

/**
 * Ids as nanoid makes them, but the same in every run (mulberry32), so that this test of probabilities always has the same
 * result.
 */
const ids = (() => {
  let state = 7;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 26;
  };
  const alphabet = 'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';
  return Array.from({ length: PEOPLE }, () => Array.from({ length: 21 }, () => alphabet[next()]).join(''));
})();

const variantsOf = (test: string, variants: unknown): string[] => ids.map((id) => choose(id, test, variants)!);

function count(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** Pearson's statistic. */
function chiSquare(observed: Record<string, number>, expected: Record<string, number>): number {
  return Object.entries(expected).reduce((sum, [name, count]) => sum + ((observed[name] ?? 0) - count) ** 2 / count, 0);
}

/** If nothing but chance is at work, the statistic stays below this value with a probability of 99.9 %. */
const LIMITS = [NaN, 10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12];

describe(`over ${PEOPLE.toLocaleString('en')} people`, () => {
  test.each<[string, unknown, Record<string, number>]>([
    ['Headline', ['a', 'b'], { a: 1, b: 1 }],
    ['Headline', ['control', 'variation 1', 'variation 2'], { control: 1, 'variation 1': 1, 'variation 2': 1 }],
    ['Button', ['red', 'green', 'blue', 'white', 'black'], { red: 1, green: 1, blue: 1, white: 1, black: 1 }],
    ['Price', { low: 70, high: 30 }, { low: 7, high: 3 }],
    ['Price', { low: 0.7, high: 0.3 }, { low: 7, high: 3 }],
    ['Price', { low: 5e-9, high: 1e-9 }, { low: 5, high: 1 }],
    ['Price', { low: 5e9, high: 1e9, off: 0 }, { low: 5, high: 1 }],
    ['', ['1', '2', '3'], { 1: 1, 2: 1, 3: 1 }],
    ['Mood', ['😀', '😁', '😂'], { '😀': 1, '😁': 1, '😂': 1 }],
  ])('%s: each of %j has its share', (name, variants, shares) => {
    const counts = count(variantsOf(name, variants));
    const whole = Object.values(shares).reduce((sum, share) => sum + share);
    const expected = Object.fromEntries(Object.entries(shares).map(([v, share]) => [v, (share / whole) * PEOPLE]));
    expect(Object.keys(counts).sort()).toEqual(Object.keys(expected).sort());
    expect(chiSquare(counts, expected)).toBeLessThan(LIMITS[Object.keys(shares).length - 1]!);
  });

  test.each([
    ['Headline', 'Button'],
    ['Headline', 'Headline 2'],
    ['Test 1', 'Test 2'],
    ['a', 'b'],
    ['🍏', '🍎'],
  ])('the variants of the test %s say nothing about those of the test %s', (one, other) => {
    const first = variantsOf(one, ['a', 'b', 'c']);
    const second = variantsOf(other, ['a', 'b', 'c']);
    const pairs = count(ids.map((_, index) => first[index]! + second[index]!));
    const rows = count(first);
    const columns = count(second);
    const expected = Object.fromEntries(
      ['a', 'b', 'c'].flatMap((a) => ['a', 'b', 'c'].map((b) => [a + b, (rows[a]! * columns[b]!) / PEOPLE])),
    );
    expect(chiSquare(pairs, expected)).toBeLessThan(LIMITS[4]!);
  });

  test('a new variant takes its share from the other variants, and nobody moves between those', () => {
    const before = variantsOf('Headline', ['a', 'b', 'c']);
    const after = variantsOf('Headline', ['d', 'c', 'b', 'a']);
    const moved = ids.map((_, index) => index).filter((index) => before[index] !== after[index]);
    expect(new Set(moved.map((index) => after[index]))).toEqual(new Set(['d']));
    expect(Math.abs(moved.length / PEOPLE - 1 / 4)).toBeLessThan(0.01);
    // Without the new variant, everybody has their earlier variant again.
    expect(variantsOf('Headline', ['b', 'a', 'c'])).toEqual(before);
  });

  test('a variant with a greater weight takes people from the other variants, and loses nobody to them', () => {
    const before = variantsOf('Headline', { a: 1, b: 1, c: 1 });
    const after = variantsOf('Headline', { a: 2, b: 1, c: 1 });
    const moved = ids.map((_, index) => index).filter((index) => before[index] !== after[index]);
    expect(new Set(moved.map((index) => after[index]))).toEqual(new Set(['a']));
  });
});

describe('KM.ab in a page (docs/reference.md#7)', () => {
  test('chooses once for each page, sets the property, and chooses the same variant on the next page and on a subdomain', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, 'undefined');
    const choose = `[KM.ab('Headline', ['a', 'b', 'c']), KM.ab('Headline', ['x'])]`;
    const [first, again] = await site.page.evaluate<string[]>(choose);
    expect(again).toBe(first);
    expect(await site.stored(1)).toMatchObject([{ Headline: first }]);
    await site.open(snippets.bare(site.collector), { host: 'shop.example.test' });
    await afterLoad(site.page, 'undefined');
    expect((await site.page.evaluate<string[]>(choose))[0]).toBe(first);
    const { km_abi, km_ai } = await site.cookies();
    expect(km_abi).toMatch(/^[\w-]{21}$/);
    expect(km_abi).not.toBe(km_ai);
    expect(await site.page.evaluate('KM.abi()')).toBe(km_abi);
  });

  test('without a name or variants the answer is null and nothing is sent; without any weight the first variant is chosen', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, 'undefined');
    const odd = `[KM.ab(''), KM.ab('none', []), KM.ab('none at all'), KM.ab('zero', { a: 0, b: 0 }), KM.ab('junk', { a: 'x', b: 1 }),
      KM.ab('constructor', ['only'])]`;
    expect(await site.page.evaluate(odd)).toEqual([null, null, null, 'a', 'b', 'only']);
    expect(await site.stored(3)).toMatchObject([
      { zero: 'a' },
      { junk: 'b' },
      expect.objectContaining({ constructor: 'only' }),
    ]);
    expect(site.errors).toEqual([]);
  });

  test('works in a pushed function, and as a command in the queue with a callback', async () => {
    const site = await openSite();
    const head = script(`
      window.seen = [];
      _kmq.push(function () { seen.push(KM.ab('One', ['a'])); });
      _kmq.push(['ab', 'Two', ['b'], function (variant) { seen.push(variant); }]);
      _kmq.push(['ab', 'Two', ['c'], function (variant) { seen.push(variant); throw new Error('mine'); }]);
      _kmq.push(['record', 'after']);
    `);
    await site.open(head + snippets.bare(site.collector));
    expect(await site.stored(3)).toMatchObject([{ One: 'a' }, { Two: 'b' }, { _n: 'after' }]);
    expect(await site.page.evaluate('seen')).toEqual(['a', 'b', 'b']);
    expect(site.errors).toEqual([]);
  });
});
