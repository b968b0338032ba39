import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldText } from '../../src/protocol/fold.js';
import { byHundreds, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { someOf } from '../support/long.js';

const alias = (collector: TestCollector, one: string, other: string) =>
  collector.send(`/a?_k=site&_p=${encodeURIComponent(one)}&_n=${encodeURIComponent(other)}`);
const record = (collector: TestCollector, person: string, name = 'x') =>
  collector.send(`/e?_k=site&_p=${encodeURIComponent(person)}&_n=${encodeURIComponent(name)}`);

describe('identities and aliases (docs/reference.md#8.5)', () => {
  test('an identity that occurs only in an alias belongs to the person, and is not a Customer ID until a hit arrives for it', async () => {
    const collector = await startCollector();
    await record(collector, 'bob');
    await alias(collector, 'bob', 'bob@example.com');
    expect(await collector.person('bob@example.com')).toMatchObject({
      identities: ['bob', 'bob@example.com'],
      customerIds: ['bob'],
      events: [{ name: 'x' }],
    });
    await collector.send('/s?_k=site&_p=bob@example.com&plan=pro');
    expect((await collector.person('bob'))!.customerIds).toEqual(['bob', 'bob@example.com']);
  });

  test('two identities that occur only in an alias are a person without any Customer ID', async () => {
    const collector = await startCollector();
    await alias(collector, 'a', 'b');
    expect(await collector.person('a')).toEqual({
      identities: ['a', 'b'],
      customerIds: [],
      properties: {},
      events: [],
      visits: [],
    });
  });

  test('an unknown identity is nobody', async () => {
    const collector = await startCollector();
    const response = await collector.send('/api/v1/people/nobody?key=site');
    expect([response.status, await response.json()]).toEqual([404, { error: expect.any(String) as string }]);
  });

  test('the same identity on another site is another person', async () => {
    const collector = await startCollector();
    await record(collector, 'bob');
    expect(await collector.person('bob', 'other')).toBeUndefined();
  });

  test('identities differ by case', async () => {
    const collector = await startCollector();
    await record(collector, 'bob');
    expect(await collector.person('Bob')).toBeUndefined();
  });

  test('a chain of 200 aliases is one person, after a restart as well', async () => {
    const data = await temporaryFolder();
    const first = await startCollector({ data });
    for (let n = 0; n < 200; n++) await alias(first, `id${n}`, `id${n + 1}`);
    await record(first, 'id0');
    const before = (await first.person('id200'))!;
    expect([before.identities.length, before.events.length]).toEqual([201, 1]);
    await first.close();
    expect(await (await startCollector({ data })).person('id200')).toEqual(before);
  });

  test('any aliases in any order, repeated or not, give the people of a reference model', async () => {
    const collector = await startCollector();
    let site = 0;
    await fc.assert(
      fc.asyncProperty(
        // 0 is a placeholder.
        fc.array(fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 })), { maxLength: 25 }),
        async (pairs) => {
          const key = `model${site++}`;
          const ids = [...new Set(pairs.flat())].map(String);
          for (const [one, other] of pairs) await collector.send(`/a?_k=${key}&_p=${one}&_n=${other}`);
          // The model: which identities are connected by aliases.
          const person = (start: string, reached = new Set([start])): Set<string> => {
            for (const [a, b] of pairs.map((pair) => pair.map(String) as [string, string])) {
              for (const [from, to] of [
                [a, b],
                [b, a],
              ] as const) {
                if (from === start && !reached.has(to)) person(to, reached.add(to));
              }
            }
            return reached;
          };
          for (const id of ids) {
            expect((await collector.person(id, key))!.identities.sort()).toEqual([...person(id)].sort());
          }
        },
      ),
      { numRuns: someOf(40) },
    );
  });
});

describe('the search for people', () => {
  test('by a part of an identity, ignoring case, the latest first', async () => {
    const collector = await startCollector();
    for (const [id, time] of [
      ['ann@example.com', 1300000000],
      ['bob@example.com', 1400000000],
      ['carl', 1500000000],
    ]) {
      await collector.send(`/e?_k=site&_p=${id}&_n=x&_t=${time}&_d=1`);
    }
    await alias(collector, 'carl', 'CARL@EXAMPLE.COM');
    await alias(collector, 'x1', 'x2@example.com');
    expect(await collector.people('Example')).toEqual([
      { identities: ['carl', 'CARL@EXAMPLE.COM'], customerIds: ['carl'], lastSeen: 1500000000 },
      { identities: ['bob@example.com'], customerIds: ['bob@example.com'], lastSeen: 1400000000 },
      { identities: ['ann@example.com'], customerIds: ['ann@example.com'], lastSeen: 1300000000 },
      { identities: ['x1', 'x2@example.com'], customerIds: [], lastSeen: null },
    ]);
    expect(await collector.people('%')).toEqual([]);
    expect(await collector.people('')).toHaveLength(4);
  });

  test('folds letters as Unicode does, and identities are shown as they were sent', async () => {
    const collector = await startCollector();
    const composed = 'Jos\u00e9 M\u00fcller';
    const decomposed = 'Jos\u0065\u0301 Mu\u0308ller';
    const given = [
      ...['Анна', composed, decomposed, 'Straße 1', 'ΟΔΥΣΣΕΥΣ', 'İpek', 'ılgaz', '\uac01', '\u1100\u1161\u11a8'],
      ...['\u{10400}bc', 'ﬁsh', ' bob', 'bob', 'K\u212alvin'],
    ];
    for (const id of given) await record(collector, id);
    const found = async (text: string) => (await collector.people(text)).flatMap(({ identities }) => identities).sort();
    const cases: [text: string, ...identities: string[]][] = [
      ['анна', 'Анна'],
      ['АНН', 'Анна'],
      ['JOSÉ MÜLLER', composed, decomposed],
      ['jose\u0301', composed, decomposed],
      ['müller', composed, decomposed],
      ['STRASSE', 'Straße 1'],
      ['straẞe', 'Straße 1'],
      ['as', 'Straße 1'],
      ['οδυσσευς', 'ΟΔΥΣΣΕΥΣ'],
      ['ευσ', 'ΟΔΥΣΣΕΥΣ'],
      ['i\u0307pek', 'İpek'],
      ['ipek'],
      ['ilgaz'],
      ['Ilgaz'],
      ['\uac01', '\uac01', '\u1100\u1161\u11a8'],
      ['\u{10428}BC', '\u{10400}bc'],
      ['FISH', 'ﬁsh'],
      ['Fi', 'ﬁsh'],
      ['BOB', ' bob', 'bob'],
      [' Bob', ' bob'],
      ['kk', 'K\u212alvin'],
    ];
    for (const [text, ...identities] of cases) {
      expect([text, ...(await found(text))]).toEqual([text, ...identities.toSorted()]);
    }
    for (const id of given) expect(await collector.person(id)).toMatchObject({ identities: [id] });
  });

  test('finds for any text the people whose folded identities contain it', async () => {
    const collector = await startCollector();
    const letters = [
      ...'aAáÁeEsSßẞſtﬆﬁiIİı\u0307\u0301\u0308\u0323\u0345кКΣσςαΑᾳὰŉj각\u1100\u1161%_*?[](){}|^$.\\"\'-',
    ];
    const letter = fc.oneof(fc.constantFrom(...letters), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }));
    const word = fc
      .array(letter, { minLength: 1, maxLength: 6 })
      .map((characters) => characters.join('').toWellFormed())
      .filter((text) => text.trim() !== '');
    let site = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(word, { minLength: 1, maxLength: 12 }), fc.array(word), async (ids, texts) => {
        const key = `fold${site++}`;
        for (const id of ids) await collector.send(`/s?_k=${key}&_p=${encodeURIComponent(id)}&a=1`);
        const known = (await collector.export(key)).map(({ _p }) => String(_p));
        const parts = ids.flatMap((id) => [foldText(id).slice(0, 2), id.toUpperCase(), id.normalize('NFD').slice(1)]);
        for (const text of [...texts, ...parts].map((part) => part.toWellFormed())) {
          const expected = known.filter((id) => foldText(id).includes(foldText(text)));
          const found = (await collector.people(text, key)).flatMap(({ identities }) => identities);
          expect([text, ...found.sort()]).toEqual([text, ...expected.sort()]);
        }
      }),
      { numRuns: someOf(15) },
    );
  });

  test.each([
    ['a NUL', '\0'],
    ['a NUL among letters', 'bo\0b'],
    ['a NUL after letters', 'bob\0'],
    ['quotation marks', '""""'],
    ['stars', '***'],
    ['characters with a meaning in FTS5', 'bob" OR "bob'],
    ['characters with a meaning in LIKE', '%_%'],
    ['characters with a meaning in regular expressions', '(((['],
    ['a backslash', '\\'],
    ['accents alone', '\u0301\u0301\u0301'],
    ['1,024 letters', 'abcdefghijklmnopqrstuvwxyz'.repeat(40).slice(0, 1024)],
    ['1,024 letters with accents', 'ü'.repeat(1024)],
    ['emoji', '😀'.repeat(512)],
  ])('for %s is answered, with nobody', async (_, text) => {
    const collector = await startCollector();
    await record(collector, 'bob');
    const response = await collector.send(`/api/v1/people?key=site&q=${encodeURIComponent(text)}`);
    expect([response.status, await response.json()]).toEqual([200, { people: [] }]);
  });

  test.each(['%ff%fe', '%ed%a0%80', '%', '%zz', '%00%00%00'])('for the bytes %s is answered', async (bytes) => {
    const collector = await startCollector();
    await record(collector, 'bob');
    expect((await collector.send(`/api/v1/people?key=site&q=${bytes}`)).status).toBe(200);
  });
});

describe('properties and events of a person', () => {
  test('are sorted by time, the oldest first; a property has the name of its oldest hit', async () => {
    const collector = await startCollector();
    await collector.send('/s?_k=site&_p=bob&Plan=free&_t=1400000000&_d=1');
    await collector.send('/e?_k=site&_p=bob&_n=Upgraded&plan=pro&_t=1500000000&_d=1');
    await collector.send('/s?_k=site&_p=bob&PLAN=none&_t=1300000000&_d=1');
    expect(await collector.person('bob')).toEqual({
      identities: ['bob'],
      customerIds: ['bob'],
      properties: {
        PLAN: [
          { value: 'none', time: 1300000000 },
          { value: 'free', time: 1400000000 },
          { value: 'pro', time: 1500000000 },
        ],
      },
      events: [{ name: 'Upgraded', time: 1500000000, properties: { plan: 'pro' } }],
      // No browser has sent these hits.
      visits: [],
    });
  });

  test('visits consist of hits of browsers, and end after half an hour without a hit', async () => {
    const collector = await startCollector();
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const at = (seconds: number, path = '/e', init = {}) =>
      collector.send(`${path}?_k=site&_p=bob&_n=n${seconds}&x=1&_t=${1500000000 + seconds}&_d=1`, init);
    for (const seconds of [0, 1800, 3601, 3700]) await at(seconds, seconds === 1800 ? '/s' : '/e', { headers });
    await at(9000);
    expect((await collector.person('bob'))!.visits).toEqual([
      { from: 1500000000, to: 1500001800 },
      { from: 1500003601, to: 1500003700 },
    ]);
  });

  test('say whether bots have sent all hits of a person', async () => {
    const collector = await startCollector();
    const bot = {
      headers: { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    };
    const isBot = async (): Promise<true | undefined> => (await collector.person('bob'))!.bot;
    await collector.send('/a?_k=site&_p=bob&_n=ann');
    expect(await isBot()).toBeUndefined();
    await collector.send('/e?_k=site&_p=bob&_n=Visited', bot);
    expect(await isBot()).toBe(true);
    // A person with hits of a bot and of anything else counts in reports, too.
    await collector.send('/s?_k=site&_p=ann&plan=pro');
    expect(await isBot()).toBeUndefined();
  });

  test('are the latest 1,000 of each name (docs/reference.md#8.2)', async () => {
    const collector = await startCollector();
    await byHundreds(1003, (n) => {
      const t = 1300000000 + n;
      return collector.send(`/e?_k=site&_p=bob&_n=often&n=${t}&_t=${t}&_d=1`);
    });
    await collector.send('/e?_k=site&_p=bob&_n=once&_t=1299999999&_d=1');
    const bob = (await collector.person('bob'))!;
    expect(bob.events).toHaveLength(1001);
    expect(bob.events.slice(0, 2)).toMatchObject([{ name: 'once' }, { name: 'often', time: 1300000003 }]);
    expect(bob.properties.n).toHaveLength(1000);
    expect(await collector.export()).toHaveLength(1004);
  });
});
