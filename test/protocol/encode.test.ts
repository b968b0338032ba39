import { describe, expect, test } from 'vitest';
import { encodeHit, toText } from '../../src/protocol/encode.js';

function refuse(): never {
  throw new Error('Not here');
}

describe('the text of a value (docs/reference.md#3.1)', () => {
  test.each([
    ['null is empty', null, ''],
    ['an array is joined with commas', ['a', 2, true], 'a,2,true'],
    ['the result of an object’s join method is its text', { join: () => 'joined' }, 'joined'],
    ['another object is left out', { a: 1 }, undefined],
    ['a date is ISO 8601', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date is left out', new Date(NaN), undefined],
    ['an object with map and without join is left out', { map: () => [1] }, undefined],
    ['an object whose member join is no method is left out', { join: '2026-01-31', name: 'Ada' }, undefined],
    ['a list that cannot be joined is left out', [Symbol('a')], undefined],
    ['an object whose members cannot be read is left out', new Proxy({}, { get: refuse }), undefined],
    ['a function is left out', () => 1, undefined],
    ['a boolean is its name', false, 'false'],
    ['a number', 19.5, '19.5'],
    ['zero', 0, '0'],
    ['NaN', NaN, 'NaN'],
    ['undefined', undefined, 'undefined'],
    ['a big integer', 10n ** 20n, '100000000000000000000'],
    ['text stays as it is', 'as it is', 'as it is'],
  ])('%s', (_, value, text) => expect(toText(value)).toBe(text));
});

describe('the address of a hit (docs/reference.md#3.1)', () => {
  test.each([
    ['a space is %20', { _n: 'Signed Up' }, '/e?_n=Signed%20Up'],
    ["!'()*~ are left as they are", { a: "!'()*~" }, "/e?a=!'()*~"],
    ['a plus is %2B', { a: '1+1' }, '/e?a=1%2B1'],
    ['@ is %40', { _p: 'bob@example.com' }, '/e?_p=bob%40example.com'],
    ['names are encoded as well', { 'Plan & Price': 'a=b' }, '/e?Plan%20%26%20Price=a%3Db'],
    [
      'parameters keep their order, and those without a text are left out',
      { b: 1, a: { no: 1 }, c: null },
      '/e?b=1&c=',
    ],
    ['half a surrogate pair is U+FFFD', { a: 'x\ud83d' }, '/e?a=x%EF%BF%BD'],
    ['an emoji is its UTF-8 bytes', { a: '👍' }, '/e?a=%F0%9F%91%8D'],
  ])('%s', (_, parameters, address) => expect(encodeHit('/e', parameters)).toBe(address));
});
