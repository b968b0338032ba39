/** Functions that convert the parts of a line. */
interface Parts {
  between: (text: string) => string;
  /** Converts a string, which comes with its quotes. */
  string: (text: string) => string;
  /** Whether strings may also be in single quotes. */
  single?: boolean;
}

/**
 * Splits a line of JSON into its strings and the text between them, converts each, and joins them. It takes linear time
 * for any content: a regular expression would search for the end of a string again and
 * again. A string that is not closed goes to the end of the line.
 */
export function withStrings(line: string, { between, string, single = false }: Parts): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] !== '"' && !(single && line[at] === "'")) continue;
    const end = endOfString(line, at);
    parts.push(between(line.slice(from, at)), string(line.slice(at, end)));
    from = end;
    at = end - 1;
  }
  parts.push(between(line.slice(from)));
  return parts.join('');
}

/** The index after the closing quote. */
function endOfString(line: string, start: number): number {
  const quote = line[start]!;
  for (let at = start + 1; ; at++) {
    at = line.indexOf(quote, at);
    if (at < 0) return line.length;
    let first = at;
    while (first > start + 1 && line[first - 1] === '\\') first--;
    // An even number of backslashes: each second one is escaped itself, and the quote is not.
    if ((at - first) % 2 === 0) return at + 1;
  }
}
