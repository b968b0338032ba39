import { describe, expect, test } from 'vitest';
import { decodeQuery } from '../../src/protocol/decode.js';
import { PARAMETERS } from '../../src/protocol/limits.js';

test.each<[string, string, [string, string][], boolean]>([
  ['nothing', '', [], true],
  [
    'plus and %20 are spaces',
    'a=Signed+Up&b=Signed%20Up',
    [
      ['a', 'Signed Up'],
      ['b', 'Signed Up'],
    ],
    true,
  ],
  ['%2B is a plus', 'a=1%2B1', [['a', '1+1']], true],
  [
    'empty parameters are passed over',
    '&&a=1&&&b=2&',
    [
      ['a', '1'],
      ['b', '2'],
    ],
    true,
  ],
  ['an unencoded @', '_p=bob@example.com', [['_p', 'bob@example.com']], true],
  ['a value may contain =', 'a=b=c', [['a', 'b=c']], true],
  [
    'no = is an empty value',
    'a&b=',
    [
      ['a', ''],
      ['b', ''],
    ],
    true,
  ],
  [
    'repeats are kept',
    'a=1&a=2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
    true,
  ],
  [
    'names are decoded',
    'Plan+Name=a&%C3%A9=b',
    [
      ['Plan Name', 'a'],
      ['é', 'b'],
    ],
    true,
  ],
  [
    'a broken escape stands as it is',
    'a=%zz&b=100%',
    [
      ['a', '%zz'],
      ['b', '100%'],
    ],
    false,
  ],
  ['the rest around a broken escape is decoded', 'a=%zz+%41', [['a', '%zz A']], false],
  ['bytes that are not UTF-8', 'a=%ff%41', [['a', '\ufffdA']], false],
  ['half a surrogate pair, encoded by force', 'a=%ED%A0%80', [['a', '\ufffd\ufffd\ufffd']], false],
  ['NUL', 'a=%00b', [['a', '\0b']], true],
  [
    'names that every JavaScript object has',
    '__proto__=1&constructor=2',
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
    true,
  ],
])('%s', (_, query, pairs, wellFormed) => {
  const read = decodeQuery(query);
  expect({ pairs: read.pairs, wellFormed: read.wellFormed }).toEqual({ pairs, wellFormed });
});

describe('text that differs from the sent text', () => {
  test.each<[string, string, number[]]>([
    ['a value of other bytes', 'a=1&b=%e9&c=1', [1]],
    ['a name of other bytes', 'a=1&%e9=1', [1]],
    ['UTF-8 that is cut', 'a=%C3&b=%C3%A9', [0]],
    ['UTF-8 of half a surrogate pair', 'a=%ED%A0%80', [0]],
    ['U+FFFD beside other bytes', 'a=%EF%BF%BD%e9', [0]],
    ['U+FFFD that was sent as such', 'a=%EF%BF%BD&b=\ufffd', []],
    ['a byte order mark', 'a=%EF%BB%BF1&b=%zz', []],
    ['a broken escape, whose characters are kept', 'a=%zz&b=%&c=%4', []],
    ['valid text after a broken escape', '%zz&a=%C3%A9&b=%F0%9F%91%A9&c=+%41', []],
  ])('%s', (_, query, damaged) => expect([...(decodeQuery(query).damaged ?? [])]).toEqual(damaged));

  test('text after a broken escape is read as if the escape were missing', () => {
    const query = 'a=%C3%A9+%F0%9F%91%A9&%EF%BB%BFb=%00&c=%2B%26&é=ü%25';
    expect(decodeQuery(`%zz&${query}`).pairs.slice(1)).toEqual(decodeQuery(query).pairs);
  });

  test('escapes of a body that names another charset are read as UTF-8 if possible, and otherwise in that charset', () => {
    const latin = new TextDecoder('windows-1252', { ignoreBOM: true });
    const read = decodeQuery('a=%e9&b=%C3%A9&c=é%e8&d=\ufffd', undefined, latin);
    expect(read.pairs.slice(0, 2)).toEqual([
      ['a', 'é'],
      ['b', 'é'],
    ]);
    expect([...read.damaged!]).toEqual([2, 3]);
  });

  test.each([
    ['a=%e9&b=%C3%A9+%41', true],
    ['a=%e9&b=%zz', false],
    ['a=%zz', false],
    ['a=%', false],
    ['a=é%e8', false],
  ])('%s in a body that names a charset is well-formed: %s', (query, wellFormed) => {
    const latin = new TextDecoder('windows-1252', { ignoreBOM: true });
    expect(decodeQuery(query, undefined, latin).wellFormed).toBe(wellFormed);
  });
});

test('properties beyond the limit are counted and left out, and fields are read wherever they are', () => {
  const many = Array.from({ length: PARAMETERS + 50 }, (_, n) => `p${n}=%ff`).join('&');
  const read = decodeQuery(`${many}&%5fp=bob&_%6b=KEY&_n=x`);
  expect(read.leftOut).toBe(50);
  expect(read.pairs.slice(PARAMETERS)).toEqual([
    ['_p', 'bob'],
    ['_k', 'KEY'],
    ['_n', 'x'],
  ]);
  expect(read.damaged!.has(PARAMETERS)).toBe(false);
});
