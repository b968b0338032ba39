import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeQuery } from '../../src/protocol/decode.js';
import { encodeHit } from '../../src/protocol/encode.js';
import { interpret } from '../../src/protocol/interpret.js';
import type { Path } from '../../src/protocol/parameters.js';

/** Any text that a person can type or a script can cut: UTF-16 units, also lone surrogates. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('a+b', '%', '%zz', '%25', '&=', 'a=b&c', '👩‍👩‍👧', '\ud83d', '\udc69x', '\0', '🇫🇷', 'ß', '', ' '),
);
/** Text as an address can contain it: half of a surrogate pair is not a character. */
const wellFormed = (value: string): string => value.replace(/[\ud800-\udfff]/gu, '\ufffd');

function decodeHit(address: string): { path: string; pairs: [string, string][]; wellFormed: boolean } {
  const [path, query] = [address.slice(0, 2), address.slice(3)];
  return { path, ...decodeQuery(query) };
}

describe('decode(encode(hit)) is the hit', () => {
  test('for any names and values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Path>('/e', '/s', '/a'),
        fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name }),
        (path, pairs) => {
          // A record lists keys that look like array indices first, whatever their order was.
          const parameters = Object.fromEntries(pairs);
          const sent = Object.keys(parameters).map((name) => [wellFormed(name), wellFormed(parameters[name]!)]);
          expect(decodeHit(encodeHit(path, parameters))).toEqual({ path, pairs: sent, wellFormed: true });
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('through the rules of the specification, for any identity, name and value within the limits', () => {
    const short = text.filter((value) => [...value].length <= 255 && value.trim() !== '');
    const name = short.map((value) => value.replace(/[,:]/g, ' ')).filter((value) => value.trim() !== '');
    const property = name.filter((value) => !/^_[kpntdia]$/.test(value));
    fc.assert(
      fc.property(short, name, property, text, (person, event, key, value) => {
        const parameters = { _k: 'site', _p: person, _n: event, [key]: value };
        const { path, ...query } = decodeHit(encodeHit('/e', parameters));
        expect(interpret(path as Path, query, 1_700_000_000)).toMatchObject({
          key: 'site',
          person: wellFormed(person),
          name: wellFormed(event),
          properties: [[wellFormed(key), wellFormed(value)]],
        });
      }),
      { numRuns: 2000 },
    );
  });

  test('decoding never throws, and always returns well-formed text', () => {
    fc.assert(
      fc.property(fc.oneof(text.map(wellFormed), fc.stringMatching(/^[%&=+0-9a-fA-F]*$/)), (query) => {
        for (const [name, value] of decodeQuery(query).pairs) expect(name + value).toBe(wellFormed(name + value));
      }),
      { numRuns: 2000 },
    );
  });
});
