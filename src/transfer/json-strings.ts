/** What becomes of the parts of a line. */
interface Parts {
  between: (text: string) => string;
  /** A string with its quotes. */
  string: (text: string) => string;
  /** Whether strings may stand in single quotes as well. */
  single?: boolean;
}

/**
 * Takes a line of JSON apart into its strings and what stands between them, and joins what becomes of them. It takes time
 * in proportion to the line, whatever is in there: a regular expression would look for the end of a string again and
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

/** Behind the closing quote. */
function endOfString(line: string, start: number): number {
  const quote = line[start]!;
  for (let at = start + 1; ; at++) {
    at = line.indexOf(quote, at);
    if (at < 0) return line.length;
    let first = at;
    while (first > start + 1 && line[first - 1] === '\\') first--;
    // A backslash that stands behind another one escapes nothing.
    if ((at - first) % 2 === 0) return at + 1;
  }
}
