import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternFor } from '../../src/collector/store/clickhouse/spellings.js';
import { foldText } from '../../src/protocol/fold.js';

const LETTERS = [
  ...'aAáÁeEsSßẞſtﬆﬅfiﬁﬃﬄlıIİK\u0307\u0301\u0308\u0323\u0345кΣσςΑαᾳᾼᾲὰŉǰj\u030c각가\u1100\u1161\u11a8\u09c7\u09be\u212b\u{2f800}\u{10400}ԵՒ\u{16d63}\u{16d67}\u{16d68} *',
];
const letter = fc.oneof(fc.constantFrom(...LETTERS), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
const word = fc.array(letter, { maxLength: 8 }).map((characters) => characters.join('').toWellFormed());

test.each([
  ['Straße', 'strasse'],
  ['ẞ', 'ss'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
  ['ς', 'σ'],
  ['İ', 'i\u0307'],
  ['I', 'i'],
  ['ı', 'ı'],
  ['K', 'k'],
  ['ﬃ', 'ffi'],
  ['ᾳ', 'αι'],
  ['Jose\u0301', 'jos\u00e9'],
  ['\u1112\u1161\u11ab', '한'],
  ['ＡＢ', 'ａｂ'],
  ['\ud800', '\ufffd'],
])('%j folds to %j', (text, folded) => {
  expect(foldText(text)).toBe(folded);
});

test('texts that differ only in case or composition have the same folded text, which folds to itself', () => {
  fc.assert(
    fc.property(word, (text) => {
      const folded = foldText(text);
      for (const other of [text.normalize('NFC'), text.normalize('NFD'), folded]) expect(foldText(other)).toBe(folded);
    }),
    { numRuns: 2000 },
  );
});

test('the pattern that ClickHouse gets for a text matches every text that contains it, in any case and composition', () => {
  fc.assert(
    fc.property(word, fc.nat(6), fc.nat(6), (text, start, length) => {
      const folded = foldText(text);
      const part = foldText([...folded].slice(start, start + length + 1).join(''));
      if (part === '' || !folded.includes(part)) return;
      expect(text).toMatch(regExpFor(part));
    }),
    { numRuns: 5000 },
  );
});

test('the pattern of each letter that folds or decomposes matches this letter', () => {
  const missed: string[] = [];
  for (let code = 0; code <= 0x2ffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const folded = foldText(letter);
    if (folded === letter && letter.normalize('NFD') === letter) continue;
    if (!regExpFor(folded).test(letter)) missed.push(code.toString(16));
  }
  expect(missed).toEqual([]);
});

/** The pattern in the syntax of JavaScript: RE2 writes `\x{…}` instead of `\u{…}`. */
function regExpFor(folded: string): RegExp {
  return new RegExp(patternFor(folded).replaceAll('\\x{', '\\u{'), 'u');
}
