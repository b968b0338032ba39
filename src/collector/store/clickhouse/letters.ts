import { foldText } from '../../../protocol/fold.js';

/**
 * Maps letters in SQL as JavaScript does. ClickHouse's own functions depend on the Unicode version of the server, and on whether
 * they map letter by letter. Nearly all texts are ASCII; only the others are split into letters.
 */

/** After this code point there are no letters with two cases. */
const LAST_CASED = 0x1ffff;

/** Letters, and the letters to which they are mapped. */
type Letters = [from: string[], to: string[]];

let lowered: Letters | undefined;
let folded: Letters | undefined;

/** Folds a name for the tables of reports: letter by letter, so that SQL has the same result. Both small sigmas become one. */
export function foldedName(name: string): string {
  return [...name].map(lowerLetter).join('');
}

/** The same in SQL. */
export function foldedNameIn(name: string): string {
  lowered ??= lettersThat(lowerLetter);
  return mapped(name, name, lowered);
}

/** As `foldText`, in SQL. */
export function foldedTextIn(value: string): string {
  // Between the two normalizations letters are decomposed, so that composed ones need no mapping.
  folded ??= lettersThat((letter) => (letter.normalize('NFD') === letter ? foldText(letter) : letter));
  return mapped(value, `normalizeUTF8NFD(${value})`, folded, (letters) => `normalizeUTF8NFC(${letters})`);
}

function lowerLetter(letter: string): string {
  return letter === 'ς' ? 'σ' : letter.toLowerCase();
}

function lettersThat(map: (letter: string) => string): Letters {
  const from: string[] = [];
  const to: string[] = [];
  for (let code = 0; code <= LAST_CASED; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const mapped = map(letter);
    if (mapped === letter) continue;
    from.push(letter);
    to.push(mapped);
  }
  return [from, to];
}

function mapped(value: string, taken: string, [from, to]: Letters, end = (letters: string): string => letters): string {
  const list = (letters: string[]): string => `['${letters.join("','")}']`;
  const letters = `arrayStringConcat(arrayMap(letter -> transform(letter, ${list(from)}, ${list(to)}, letter), extractAll(${taken}, '(?s).')))`;
  return `if(length(${value}) = lengthUTF8(${value}), lower(${value}), ${end(letters)})`;
}
