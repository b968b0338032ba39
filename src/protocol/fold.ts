const ASCII = /^[\0-\x7f]*$/;

/** Unicode's case folding does not change `ı`, although its capital letter is `I`, as that of `i`. */
const DOTLESS_I = '\u0131';

/**
 * Folds a text for comparison. Two texts are equal after it if they differ only in case, or only in whether an accent is a
 * separate character. It is Unicode's full, language-independent case folding, with canonical decomposition before it and
 * composition after it (https://www.unicode.org/versions/latest/core-spec/chapter-3/#G34145): `ß` becomes `ss`,
 * the final sigma a sigma, `ﬁ` becomes `fi`, and `İ` an `i` with a dot above it. Texts that differ in accents or width
 * stay different. An unpaired surrogate is read as U+FFFD.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.toWellFormed().normalize('NFD').split(DOTLESS_I).map(foldCase).join(DOTLESS_I).normalize('NFC');
}

/** Lower case first, since `ẞ` has no other capital; then upper case, which makes letters of `ß` and ligatures; then lower case. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
