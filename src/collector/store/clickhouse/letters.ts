import { foldText } from '../../../protocol/fold.js';

/**
 * Letters as JavaScript maps them, in SQL: servers map them by the Unicode of their own version, some letter by letter and some not.
 * Nearly all texts are ASCII, and only the others are taken apart.
 */

/** Behind it there are no letters of two cases. */
const LAST_CASED = 0x1ffff;

/** Which letters become what. */
type Letters = [from: string[], to: string[]];

let lowered: Letters | undefined;
let folded: Letters | undefined;

/** A name as the tables of reports compare it: letter by letter, so that SQL says the same. Both small sigmas are one. */
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
  // Between both normalizations a letter stands alone, and what is composed of it does not matter.
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
