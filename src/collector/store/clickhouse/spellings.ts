import { foldText } from '../../../protocol/fold.js';

/** Letters of a text that the pattern asks for: whoever has so many of them is compared as a whole. */
const MOST_LETTERS = 20;

/** Behind it no letter folds to another one, or is composed of others. */
const LAST_LETTER = 0x2ffff;

/** What in a raw text may stand for a letter of a folded one. */
interface Spellings {
  /** For a letter without accents: those that fold to it, or to more than it. */
  plain: Map<string, string[]>;
  /** For a letter with accents, by the letter alone: those that fold to it with any accents, or to more than it. */
  accented: Map<string, string[]>;
  /** Two letters that one letter folds to, as `ß` does. */
  pairs: Set<string>;
}

let spellings: Spellings | undefined;

/**
 * A regular expression of RE2 (https://github.com/google/re2/wiki/Syntax) that matches every text which contains the
 * other one, both folded, and few besides: ClickHouse has no function that folds as Unicode does. What it finds still
 * has to be compared.
 * @param folded what is looked for, folded
 * @returns nothing for a text without letters, which every text may contain
 */
export function patternFor(folded: string): string {
  spellings ??= allSpellings();
  const { plain, accented, pairs } = spellings;
  let pattern = '';
  let last = '';
  for (const [, letter, accents] of lettersOf(folded)) {
    const known = (accents ? accented : plain).get(letter!) ?? [];
    const jamo = letter!.normalize('NFD');
    pattern += jamo === letter ? `[${codes([letter, ...known])}]` : hangul(letter!, jamo);
    // One letter may have been both this one and the one before it.
    if (pairs.has(last + letter!)) pattern += '?';
    // The iota below a letter is an accent, behind which others may stand, until it is folded.
    if (accents || letter === 'ι') pattern += '\\p{M}*';
    last = letter!;
  }
  return pattern;
}

/** The letters of a folded text, each with its accents; syllables of Hangul are letters. */
function lettersOf(folded: string): RegExpMatchArray[] {
  const apart = folded.replace(/[^\uac00-\ud7a3]+/g, (piece) => piece.normalize('NFD'));
  return [...apart.matchAll(/(\P{M})(\p{M}*)/gu)].slice(0, MOST_LETTERS);
}

function allSpellings(): Spellings {
  const all: Spellings = { plain: new Map(), accented: new Map(), pairs: new Set() };
  const add = (map: Map<string, string[]>, letter: string, spelling: string): void => {
    const others = map.get(letter);
    if (others) others.push(spelling);
    else map.set(letter, [spelling]);
  };
  for (let code = 0; code <= LAST_LETTER; code++) {
    const spelling = String.fromCodePoint(code);
    const folded = foldText(spelling);
    if (folded === spelling && spelling.normalize('NFD') === spelling) continue;
    let last = '';
    for (const [, letter] of lettersOf(folded)) {
      if (letter === spelling) continue;
      add(all.accented, letter!, spelling);
      if (last) all.pairs.add(last + letter!);
      last = letter!;
    }
    // `İ` folds to an `i` and an accent that it is not composed with: whoever looks for the `i` alone finds it.
    for (const letter of folded) if (letter !== spelling) add(all.plain, letter, spelling);
  }
  return all;
}

/** A syllable: composed, or of two or three pieces. */
function hangul(syllable: string, jamo: string): string {
  const twoPieces = jamo.slice(0, 2).normalize('NFC') + jamo.slice(2);
  return `(?:${[syllable, twoPieces, jamo].map((spelling) => codes(spelling)).join('|')})`;
}

function codes(letters: Iterable<string>): string {
  return [...letters].map((letter) => `\\x{${letter.codePointAt(0)!.toString(16)}}`).join('');
}
