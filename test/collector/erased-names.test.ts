import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesOneOf } from '../../src/collector/store/model/names-in-refusals.js';
import { startCollector } from '../support/collector.js';

const REFUSED = '_n=';

/** Ways to write `jo+ann o'brün@example.com`, each as some client does. */
const WRITTEN: [string, string][] = [
  ['as kmq does', encodeURIComponent("jo+ann o'brün@example.com")],
  ['as PHP does: + for a space, %27', 'jo%2Bann+o%27br%C3%BCn%40example.com'],
  ['as Python does: lower case', 'jo%2bann+o%27br%c3%bcn%40example.com'],
  ['as Ruby does', 'jo%2Bann%20o%27br%C3%BCn%40example.com'],
  ['with a plus that is not encoded', 'jo+ann%20o%27br%C3%BCn@example.com'],
  ['twice', encodeURIComponent(encodeURIComponent("jo+ann o'brün@example.com"))],
  ['every letter', [...Buffer.from("jo+ann o'brün@example.com")].map((byte) => `%${byte.toString(16)}`).join('')],
  ['in Latin-1', 'jo%2Bann%20o%27br%FCn%40example.com'],
  ['by escape()', 'jo+ann%20o%27br%u00fcn@example.com'],
  ['in JSON', encodeURIComponent(String.raw`{"user":"jo+ann o'br\u00fcn@example.com"}`)],
  [
    'in an address',
    encodeURIComponent(`https://example.com/?u=${encodeURIComponent("jo+ann o'brün@example.com")}&x=1`),
  ],
];
const NAME = "jo+ann o'brün@example.com";

describe('a person who is erased', () => {
  test('is removed from refused requests in whatever way they write the name, and other requests stay', async () => {
    const collector = await startCollector();
    await collector.send(`/e?_k=site&_p=${encodeURIComponent(NAME)}&_n=x`);
    await collector.send('/a?_k=site&_p=cookie-1&_n=' + encodeURIComponent(NAME));
    for (const [, written] of WRITTEN) {
      await collector.send(`/e?_k=site&_p=${written}&${REFUSED}`);
      await collector.send(`/e?_k=site&_p=x&URL=${written}&${REFUSED}`, { method: 'POST' });
      await collector.send('/e?_k=site', {
        method: 'POST',
        body: `_p=${written}&${REFUSED}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      // These requests name no site, so they belong to none.
      await collector.send(`/e?_p=${written}`);
      await collector.send('/b', { method: 'POST', body: `nonsense ${written}` });
    }
    await collector.send(`/e?_k=site&_p=cookie-1&${REFUSED}`);
    await collector.send(`/e?_k=site&_p=ann&${REFUSED}`);
    await collector.send('/e?_p=ann');
    await collector.send(`/e?_k=other&_p=${encodeURIComponent(NAME)}&${REFUSED}`);
    expect(await collector.erase('cookie-1')).toMatchObject({ hits: 2 });
    const left = (await collector.live(2)).refusals.map(({ request }) => request);
    expect(left.sort()).toEqual(['/e?_k=site&_p=ann&_n=', '/e?_p=ann']);
    expect((await collector.live(2, 'other')).refusals).toHaveLength(2);
  });

  test('is removed from refused requests if nothing else is stored of the person', async () => {
    const collector = await startCollector();
    for (const written of [encodeURIComponent(NAME), 'jo%2bann+o%27br%c3%bcn%40example.com'])
      await collector.send(`/e?_k=site&_p=${written}&${REFUSED}`);
    await collector.send(`/e?_p=${encodeURIComponent(NAME)}`);
    await collector.send(`/e?_k=other&_p=${encodeURIComponent(NAME)}&${REFUSED}`);
    await collector.send(`/e?_k=site&_p=ann&${REFUSED}`);
    expect(await collector.erase(NAME)).toEqual({ identities: [], hits: 0, refusals: 3 });
    const { refusals } = await collector.live(1);
    expect(refusals.map(({ request }) => request)).toEqual(['/e?_k=site&_p=ann&_n=']);
    expect((await collector.live(1, 'other')).refusals).toHaveLength(1);
    expect(await collector.erase(NAME)).toBeUndefined();
  });

  test('is removed from requests that were cut in the middle of the name', async () => {
    const collector = await startCollector();
    await collector.send(`/e?_k=site&_p=${encodeURIComponent(NAME)}&_n=x`);
    const begin = `/e?_k=site&${REFUSED}&filler=`;
    for (const written of [encodeURIComponent(NAME), 'jo%2bann+o%27br%c3%bcn%40example.com']) {
      for (let shown = 1; shown < written.length; shown++) {
        const end = `&_p=${written}`;
        const filler = 'z'.repeat(2048 - begin.length - '&_p='.length - shown);
        await collector.send(`${begin}${filler}${end}`);
      }
    }
    await collector.send(`${begin}${'z'.repeat(4000)}`);
    await collector.erase(NAME);
    const { refusals } = await collector.live(1);
    expect(refusals.map(({ request }) => request)).toEqual([`${begin}${'z'.repeat(2048 - begin.length)}`]);
  });
});

describe('the search for many names', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '1'), minLength: 1, maxLength: 6 });

  test('finds what a search for each of them finds', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), fc.array(text, { maxLength: 8 }), (names, parts) => {
        const request = parts.join('');
        const found = namesOneOf(names)({ request, reason: '' });
        expect(found).toBe(names.some((name) => request.includes(name)));
      }),
      { numRuns: 2000 },
    );
  });

  test('reads a text no more often for ten thousand names than for ten', () => {
    const request = `/e?${'user-'.repeat(400)}`;
    const lookups = (count: number): number => {
      let asked = 0;
      const names = Array.from({ length: count }, (_, n) => `user-${String(n).padStart(6, '0')}`);
      // eslint-disable-next-line @typescript-eslint/unbound-method -- the method is restored as it was
      const startsWith = String.prototype.startsWith;
      const isNamed = namesOneOf(names);
      String.prototype.startsWith = function (...parameters) {
        asked += 1;
        return startsWith.apply(this, parameters);
      };
      try {
        expect(isNamed({ request, reason: '' })).toBe(false);
        expect(isNamed({ request: `${request}000007`, reason: '' })).toBe(true);
      } finally {
        String.prototype.startsWith = startsWith;
      }
      return asked;
    };
    expect(lookups(10_000)).toBe(lookups(10));
  });

  test('also reads the reason, since a cut request may have lost the name', () => {
    const isNamed = namesOneOf(['bob', 'ann']);
    expect(isNamed({ request: '/e', reason: '["foreign-origin","bob"]' })).toBe(true);
    expect(isNamed({ request: '/e', reason: '["foreign-origin","x"]' })).toBe(false);
  });

  test('finds a name that begins with U+FEFF', () => {
    const isNamed = namesOneOf(['\ufeffann']);
    expect(isNamed({ request: '/e?_p=%EF%BB%BFann', reason: '' })).toBe(true);
    expect(isNamed({ request: '/e?_p=ann', reason: '' })).toBe(false);
  });
});
