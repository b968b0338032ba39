import { describe, expect, test } from 'vitest';
import { decodeQuery, queryOf } from '../../src/protocol/decode.js';
import { DEFAULT_RULES, interpret, type AcceptedHit } from '../../src/protocol/interpret.js';
import { HIT_BYTES } from '../../src/protocol/limits.js';
import type { Path } from '../../src/protocol/parameters.js';

const NOW = 1_790_000_000;
const read = (address: string) => interpret(address.slice(0, 2) as Path, decodeQuery(address.slice(3)), NOW);

describe('the examples of the specification (docs/reference.md#3.2, docs/reference.md#8.1)', () => {
  test.each([
    [
      'an event',
      '/e?_k=KEY&_p=bob&_n=Signed+Up&gender=male&_t=1300000000',
      {
        kind: 'event',
        person: 'bob',
        name: 'Signed Up',
        time: NOW,
        sent: 1300000000,
        properties: [['gender', 'male']],
      },
    ],
    [
      'an event in the past',
      '/e?_k=KEY&_p=bob&_n=Billed&Billing%20Amount=19.5&_t=1300000000&_d=1',
      { kind: 'event', time: 1300000000, sent: 1300000000, properties: [['Billing Amount', '19.5']] },
    ],
    ['properties', '/s?_k=KEY&_p=bob&plan=pro', { kind: 'properties', name: null, properties: [['plan', 'pro']] }],
    ['an alias', '/a?_k=KEY&_p=bob&_n=bob%40example.com', { kind: 'alias', person: 'bob', name: 'bob@example.com' }],
    ['a doubled &, an unencoded @', '/e?_k=KEY&&_p=bob@example.com&_n=x', { person: 'bob@example.com' }],
    ['milliseconds without _d', '/e?_k=KEY&_p=bob&_n=x&_t=1790000000123', { time: NOW, sent: 1790000000123 }],
    ['an age', '/e?_k=KEY&_p=bob&_n=x&_t=1300000000&_a=90', { time: NOW - 90, sent: 1300000000, properties: [] }],
    ['an age without _t', '/e?_k=KEY&_p=bob&_n=x&_a=90', { time: NOW - 90, sent: null }],
    [
      'an age of a dated hit, which changes nothing',
      '/e?_k=KEY&_p=bob&_n=x&_t=1300000000&_d=1&_a=90',
      { time: 1300000000 },
    ],
    ['no _t', '/e?_k=KEY&_p=bob&_n=x', { time: NOW, sent: null, id: null }],
    ['_d that is not 1', '/e?_k=KEY&_p=bob&_n=x&_t=1300000000&_d=0', { time: NOW }],
    ['a hit id', '/e?_k=KEY&_p=bob&_n=x&_i=abc', { id: 'abc', properties: [] }],
  ])('%s', (_, address, hit) => expect(read(address)).toMatchObject({ key: 'KEY', warnings: [], ...hit }));
});

describe('names and values (docs/reference.md#8.2)', () => {
  test.each<[string, string, object, string | undefined]>([
    [
      'commas and colons become spaces',
      '_n=a,b:c&d,e=f,g:h',
      { name: 'a b c', properties: [['d e', 'f,g:h']] },
      undefined,
    ],
    ['a name of 300 characters', `_n=${'n'.repeat(300)}`, { name: 'n'.repeat(255) }, 'long-name'],
    ['255 emoji are 255 characters', `_n=${'👍'.repeat(255)}`, { name: '👍'.repeat(255) }, undefined],
    ['256 emoji are not cut in half', `_n=${'👍'.repeat(256)}`, { name: '👍'.repeat(255) }, 'long-name'],
    [
      'a property name of 300 characters',
      `_n=x&${'p'.repeat(300)}=1`,
      { properties: [['p'.repeat(255), '1']] },
      'long-name',
    ],
    ['a value of 9,000 bytes', `_n=x&v=${'v'.repeat(9000)}`, { properties: [['v', 'v'.repeat(8192)]] }, 'long-value'],
    ['a value of 8,192 bytes', `_n=x&v=${'v'.repeat(8192)}`, { properties: [['v', 'v'.repeat(8192)]] }, undefined],
    [
      'a value is cut between characters',
      `_n=x&v=a${'€'.repeat(3000)}`,
      { properties: [['v', 'a' + '€'.repeat(2730)]] },
      'long-value',
    ],
    ['the last of repeated properties', '_n=x&a=1&A=2', { properties: [['A', '2']] }, 'repeated-property'],
    ['a property that is repeated with the same value', '_n=x&a=1&a=1', { properties: [['a', '1']] }, undefined],
    ['a property without a name', '_n=x&=1', { properties: [] }, 'unnamed-property'],
    ['__proto__ is a name', '_n=x&__proto__=1', { properties: [['__proto__', '1']] }, undefined],
    [
      'other names that begin with an underscore are properties',
      '_n=x&_x=1&_kk=2',
      {
        properties: [
          ['_x', '1'],
          ['_kk', '2'],
        ],
      },
      undefined,
    ],
    ['the last of repeated fields', '_n=x&_n=y', { name: 'y' }, 'repeated-field'],
    ['a broken escape', '_n=%zz', { name: '%zz' }, 'not-utf8'],
    ['a hit id of 65 characters', `_n=x&_i=${'i'.repeat(65)}`, { id: null }, 'long-hit-id'],
  ])('%s', (_, query, hit, warning) => {
    const result = read(`/e?_k=KEY&_p=bob&${query}`);
    expect(result).toMatchObject({ ...hit, warnings: warning ? [expect.arrayContaining([warning])] : [] });
  });

  test.each(['Anonymous', 'null', 'undefined', '[object Object]'])('%s looks like a placeholder', (person) => {
    const warnings = [['placeholder-identity', person]];
    expect(read(`/s?_k=KEY&_p=${encodeURIComponent(person)}&a=1`)).toMatchObject({ person, warnings });
  });

  test('of 10,000 properties the first 1,000 are stored, with the number of the others', () => {
    const query = Array.from({ length: 10_000 }, (_, n) => `p${n}=${n}`).join('&');
    const hit = read(`/s?${query}&p0=last&P1001=new&_k=KEY&_p=bob`);
    expect(hit).toHaveProperty('properties.length', 1000);
    expect(hit).toMatchObject({ person: 'bob', properties: { 0: ['p0', 'last'], 999: ['p999', '999'] } });
    expect(hit).toMatchObject({
      warnings: [
        ['many-properties', '9001'],
        ['repeated-property', 'p0'],
      ],
    });
  });

  test('properties of more than 1 MiB as JSON are left out, whatever their size in bytes', () => {
    const value = '%00'.repeat(8192);
    const query = Array.from({ length: 40 }, (_, n) => `p${n}=${value}`).join('&');
    const hit = read(`/s?_k=KEY&_p=bob&${query}&last=1`) as AcceptedHit;
    expect(Buffer.byteLength(JSON.stringify(hit.properties))).toBeLessThanOrEqual(HIT_BYTES);
    expect(hit.properties.map(([name]) => name)).toEqual([...Array.from({ length: 21 }, (_, n) => `p${n}`), 'last']);
    expect(hit.warnings).toEqual([['large-hit', '19']]);
  });

  test('a hit that was stored by a version without limits keeps everything', () => {
    const pairs = Array.from({ length: 1500 }, (_, n): [string, string] => [`p${n}`, '\0'.repeat(500)]);
    const fields: [string, string][] = [...Object.entries({ _k: 'KEY', _p: 'b\ufffdb', _n: 'x' })];
    const stored = { ...DEFAULT_RULES, wasStored: true } as const;
    expect(interpret('/e', queryOf([...pairs, ...fields]), NOW, stored)).toMatchObject({
      properties: pairs,
      warnings: [],
    });
  });

  test('of 10,000 warnings the first 20 are stored, with the number of the others', () => {
    const hit = read(`/e?_k=KEY&_p=bob&_n=x${'&=1'.repeat(10_000)}`);
    expect(hit).toHaveProperty('warnings.length', 21);
    expect(hit).toHaveProperty('warnings.20', ['more-warnings', '9980']);
  });
});

describe('placeholders (docs/reference.md#8.5)', () => {
  const named = ['user', 'unknown', 'visitor', 'guest', ' Guest ', 'ＮＵＬＬ', 'NULL', '0', '[object Object]'];
  const refused = named.filter((identity) => identity !== 'ＮＵＬＬ');
  test.each(refused)('an alias with “%s” is refused, whichever of its identities that is', (identity) => {
    const sent = encodeURIComponent(identity);
    const reason = ['placeholder-alias', identity];
    expect(read(`/a?_k=KEY&_p=${sent}&_n=bob`)).toEqual({ key: 'KEY', reason });
    expect(read(`/a?_k=KEY&_p=bob&_n=${sent}`)).toEqual({ key: 'KEY', reason });
    expect(read(`/e?_k=KEY&_p=${sent}&_n=x`)).toMatchObject({ warnings: [['placeholder-identity', identity]] });
  });

  test.each(['guest house', 'users', 'bob', 'ＮＵＬＬ'])('“%s” is not a placeholder', (identity) => {
    expect(read(`/a?_k=KEY&_p=bobby&_n=${encodeURIComponent(identity)}`)).toMatchObject({ warnings: [] });
  });
});

describe('identities that differ from the sent ones', () => {
  const half = (identity: string, more: Record<string, string> = {}) =>
    queryOf(Object.entries({ _k: 'KEY', _p: identity, _n: 'x', ...more }));

  test.each([
    ['bytes that are not UTF-8', '/e?_k=KEY&_n=x&_p=ren%e9', '_p'],
    ['bytes that are not UTF-8, in an alias', '/a?_k=KEY&_p=bob&_n=ren%e9', '_n'],
    ['half a surrogate pair as UTF-8', '/s?_k=KEY&_p=%ED%A0%80&a=1', '_p'],
    ['U+FFFD in an alias', '/a?_k=KEY&_p=bob&_n=ren%EF%BF%BD', '_n'],
  ])('%s', (_, address, parameter) => {
    expect(read(address)).toEqual({ key: 'KEY', reason: ['damaged-identity', parameter] });
  });

  test('half of a surrogate pair', () => {
    const reason = ['damaged-identity', '_p'];
    for (const path of ['/e', '/s', '/a'] as const) {
      expect(interpret(path, half('\ud800', { a: '1' }), NOW)).toEqual({ key: 'KEY', reason });
    }
  });

  test('U+FFFD that was sent as such is stored, with a warning', () => {
    const person = 'ren\ufffd';
    const warnings = [['replaced-identity', person]];
    expect(read('/e?_k=KEY&_n=x&_p=ren%EF%BF%BD')).toMatchObject({ person, warnings });
  });

  test('of repeated identities the last one counts, and is refused if it is damaged', () => {
    expect(read('/e?_k=KEY&_n=x&_p=ren%e9&_p=bob')).toMatchObject({ person: 'bob' });
    expect(read('/e?_k=KEY&_n=x&_p=bob&_p=ren%e9')).toHaveProperty('reason.0', 'damaged-identity');
  });

  test('a damaged key is not the key of a site', () => {
    const refusal = { key: null, reason: ['damaged-key'] };
    expect(read('/e?_k=%e9&_p=bob&_n=x')).toEqual(refusal);
    expect(interpret('/e', half('bob', { _k: '\ud800' }), NOW)).toEqual(refusal);
  });

  test('a damaged hit id is left out, since different hits would count as repeats of one hit', () => {
    for (const id of ['%e9', '%EF%BF%BD']) {
      expect(read(`/e?_k=KEY&_p=bob&_n=x&_i=${id}`)).toMatchObject({ id: null });
    }
    expect(interpret('/e', half('bob', { _i: '\ud800' }), NOW)).toMatchObject({
      id: null,
      warnings: [['damaged-hit-id']],
    });
  });

  test('other text is made well-formed, with a warning', () => {
    expect(interpret('/e', half('bob', { _n: 'a\ud800', 'b\ud800': '1', c: '\udc00' }), NOW)).toMatchObject({
      name: 'a\ufffd',
      properties: [
        ['b\ufffd', '1'],
        ['c', '\ufffd'],
      ],
      warnings: [['ill-formed-text'], ['ill-formed-text'], ['ill-formed-text']],
    });
  });
});

describe('times (docs/reference.md#8.3)', () => {
  test.each<[string, string, number, string | undefined]>([
    ['the first second of 2009', '_t=1230768000&_d=1', 1230768000, undefined],
    ['a fraction of a second', '_t=1300000000.9&_d=1', 1300000000, undefined],
    ['an exponent', '_t=1.3e9&_d=1', 1300000000, undefined],
    ['an exponent of many digits', '_t=1.300000000000000000E%2B09&_d=1', 1300000000, undefined],
    ['no number', '_t=yesterday&_d=1', NOW, 'bad-time'],
    ['no number, not dated', '_t=yesterday', NOW, 'bad-time'],
    ['dated without a time', '_d=1', NOW, 'dated-without-time'],
    ['an hour ahead', `_t=${NOW + 3600}&_d=1`, NOW + 3600, undefined],
    ['a century ahead', `_t=${NOW + 3_155_760_000}&_d=1`, NOW, 'future-time'],
    ['milliseconds', `_t=${NOW}000&_d=1`, NOW, 'future-time'],
    ['before 2009, not dated', '_t=5', NOW, undefined],
    ['an age that is no number', '_a=soon', NOW, 'bad-age'],
    ['an age that is no number, with a time that only finds repeats', '_t=1300000000&_a=soon', NOW, 'bad-age'],
    ['an age that is no number, of a dated hit', '_t=1300000000&_d=1&_a=soon', 1300000000, 'bad-age'],
  ])('%s', (_, query, time, warning) => {
    const hit = read(`/e?_k=KEY&_p=bob&_n=x&${query}`);
    expect(hit).toMatchObject({ time, warnings: warning ? [[warning]] : [] });
  });
});

describe('refused hits, and their reasons', () => {
  test.each([
    ['no key', '/e?_p=bob&_n=x', 'no-key'],
    ['an empty key', '/e?_k=&_p=bob&_n=x', 'no-key'],
    ['a key of 300 characters', `/e?_k=${'k'.repeat(300)}&_p=bob&_n=x`, 'long-key'],
    ['no person', '/e?_k=KEY&_n=x', 'no-person'],
    ['a blank person', '/s?_k=KEY&_p=+&a=1', 'no-person'],
    ['no event name', '/e?_k=KEY&_p=bob', 'no-name'],
    ['a name that contains only commas', '/e?_k=KEY&_p=bob&_n=,,', 'no-name'],
    ['nothing to set', '/s?_k=KEY&_p=bob', 'no-properties'],
    ['no second identity', '/a?_k=KEY&_p=bob', 'no-person', 'second identity'],
    ['an identity of 256 characters', `/e?_k=KEY&_p=${'p'.repeat(256)}&_n=x`, 'long-identity', '_p'],
    ['a second identity of 256 characters', `/a?_k=KEY&_p=bob&_n=${'n'.repeat(256)}`, 'long-identity', '_n'],
    ['the year 2008', '/e?_k=KEY&_p=bob&_n=x&_t=1230767999&_d=1', 'too-old'],
    ['a negative time', '/e?_k=KEY&_p=bob&_n=x&_t=-5&_d=1', 'too-old'],
  ])('%s', (_, address, ...reason) => {
    expect(read(address)).toMatchObject({ reason: expect.arrayContaining(reason) as string[] });
  });
});
