const ASCII = /^[\0-\x7f]*$/;

/** Unicode's folding leaves `ı` alone, although it shares its capital letter with `i`. */
const DOTLESS_I = '\u0131';

/**
 * A text as it is searched for: two texts that differ in case alone, or in whether letters are composed with their
 * accents, are the same. It is the full, language-independent case folding of Unicode between its canonical
 * decomposition and composition (https://www.unicode.org/versions/latest/core-spec/chapter-3/#G34145), so `ß` is `ss`,
 * the final sigma is a sigma, and `İ` is `i` with a dot above it. Accents, width and ligatures of compatibility count.
 * A text that is not well-formed is read as if it were, half a character as U+FFFD.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.toWellFormed().normalize('NFD').split(DOTLESS_I).map(foldCase).join(DOTLESS_I).normalize('NFC');
}

/** Lower, since `ẞ` has no capital of its own; upper, which spells `ß` and ligatures out; lower again. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
