/** Lines in one piece of a stream: so many that the stream's cost per piece is small. */
const LINES = 500;

/** One line for each item, in pieces of many lines. */
export async function* inPieces<T>(items: AsyncIterable<T>, lineOf: (item: T) => string): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const item of items) {
    lines.push(lineOf(item));
    if (lines.length < LINES) continue;
    yield lines.join('');
    lines = [];
  }
  if (lines.length) yield lines.join('');
}
