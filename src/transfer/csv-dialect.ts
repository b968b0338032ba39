/** The separator of cells: spreadsheets in countries with a decimal comma write semicolons, databases also bars. */
export type Delimiter = ',' | ';' | '\t' | '|';

/** The character before a quote that does not end its cell: another quote by RFC 4180, or a backslash as MySQL writes it. */
export type Quoting = '"' | '\\';

/** The separator that is most frequent in the line with the names of the columns. */
export function delimiterOf(heading: string): Delimiter {
  const counts = ([',', ';', '\t', '|'] as const).map((delimiter) => ({
    delimiter,
    count: heading.split(delimiter).length,
  }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}

/** Whether a quoted cell continues after this line. A quote opens a cell only at the cell's beginning. */
export function endsQuoted(text: string, delimiter: Delimiter, quoting: Quoting, quoted = false): boolean {
  let begins = true;
  for (let at = 0; at < text.length; at++) {
    const quote = text[at] === '"';
    if (quoted && text[at] === quoting && (text[at + 1] === '"' || (quoting === '\\' && text[at + 1] === '\\')))
      at += 1;
    else if (quoted && quote) quoted = begins = false;
    else if (!quoted) {
      quoted = quote && begins;
      begins = text[at] === delimiter;
    }
  }
  return quoted;
}
