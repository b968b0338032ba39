import { expect, test } from 'vitest';
import { decodeQuery } from '../../src/protocol/decode.js';

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
  ['a value may hold =', 'a=b=c', [['a', 'b=c']], true],
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
    'members of every object',
    '__proto__=1&constructor=2',
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
    true,
  ],
])('%s', (_, query, pairs, wellFormed) => {
  expect(decodeQuery(query)).toEqual({ pairs, wellFormed });
});
