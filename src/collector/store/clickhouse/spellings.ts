import { foldText } from '../../../protocol/fold.js';

/** The most letters of a text that the pattern contains. Identities with so many in common are then compared completely. */
const MOST_LETTERS = 20;

/** After this code point no letter folds to another one, or is composed of others. */
const LAST_LETTER = 0x2ffff;

/** The characters of a raw text that may fold to a letter. */
interface Spellings {
  /** For a letter without accents: the characters that fold to it, or to it and more. */
  plain: Map<string, string[]>;
  /** For a letter with accents, keyed by the letter alone: the characters that fold to it with any accents, or to it and more. */
  accented: Map<string, string[]>;
  /** Pairs of letters to which one letter folds, such as `ss` for `ß`. */
  pairs: Set<string>;
}

let spellings: Spellings | undefined;

/**
 * A regular expression of RE2 (https://github.com/google/re2/wiki/Syntax). It matches every text that contains the given text after
 * folding, and few other texts. ClickHouse has no function for Unicode's case folding, so matches still
 * have to be compared.
 * @param folded the text to search for, folded
 * @returns an empty pattern, which matches every text, if it has no letters
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
    // This letter and the one before it may come from a single letter.
    if (pairs.has(last + letter!)) pattern += '?';
    // Before folding, the iota below a letter is an accent, and other accents may follow it.
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
    for (const [, letter, accents] of lettersOf(folded)) {
      if (letter === spelling) continue;
      add(all.accented, letter!, spelling);
      // A letter that is composed of letters without accents, as in the Kirat Rai script.
      if (!accents && folded === spelling) add(all.plain, letter!, spelling);
      if (last) all.pairs.add(last + letter!);
      last = letter!;
    }
    // `İ` folds to `i` and a separate accent: a search for `i` finds it.
    for (const letter of folded) if (letter !== spelling) add(all.plain, letter, spelling);
  }
  return all;
}

/** A syllable, composed or as its two or three parts. */
function hangul(syllable: string, jamo: string): string {
  const twoPieces = jamo.slice(0, 2).normalize('NFC') + jamo.slice(2);
  return `(?:${[syllable, twoPieces, jamo].map((spelling) => codes(spelling)).join('|')})`;
}

function codes(letters: Iterable<string>): string {
  return [...letters].map((letter) => `\\x{${letter.codePointAt(0)!.toString(16)}}`).join('');
}
