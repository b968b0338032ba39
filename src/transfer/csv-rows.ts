import { LINE_BYTES, type Line } from './lines.js';

/** How many lines a cell in quotes may span: a quote that is never closed must not swallow the file. */
const LINES_OF_A_CELL = 100;

/** Joins the lines that a cell in quotes spans (RFC 4180, section 2). */
export async function* csvRows(blocks: AsyncIterable<Line[]>): AsyncGenerator<Line[]> {
  let held: Line[] = [];
  for await (const block of blocks) {
    const lines = held.length ? [...held, ...block] : block;
    const { rows, rest } = join(lines, false);
    held = rest;
    yield rows;
  }
  if (held.length) yield join(held, true).rows;
}

/** @param all whether no lines follow: what is still open then stays so */
function join(lines: Line[], all: boolean): { rows: Line[]; rest: Line[] } {
  const rows: Line[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    let quoted = line.fault === undefined && line.text.includes('"') && endsQuoted(line.text, false);
    if (!quoted) {
      rows.push(line);
      at += 1;
      continue;
    }
    let next = at + 1;
    let bytes = line.text.length;
    while (quoted && next < lines.length && next - at < LINES_OF_A_CELL && bytes < LINE_BYTES && !lines[next]!.fault) {
      quoted = endsQuoted(lines[next]!.text, true);
      bytes += lines[next]!.text.length;
      next += 1;
    }
    if (!quoted) {
      const parts = lines.slice(at, next);
      rows.push({ ...parts.at(-1)!, number: line.number, text: parts.map(({ text }) => text).join('\n') });
      at = next;
    } else if (next === lines.length && !all && next - at < LINES_OF_A_CELL && bytes < LINE_BYTES) {
      return { rows, rest: lines.slice(at) };
    } else {
      rows.push({ ...line, fault: 'A quote is opened and not closed.' });
      at += 1;
    }
  }
  return { rows, rest: [] };
}

/** Whether a cell in quotes goes on behind the line. A quote opens one only where a cell begins. */
function endsQuoted(text: string, quoted: boolean): boolean {
  let begins = true;
  for (let at = 0; at < text.length; at++) {
    const quote = text[at] === '"';
    if (quoted && quote && text[at + 1] === '"') at += 1;
    else if (quoted && quote) quoted = begins = false;
    else if (!quoted) {
      quoted = quote && begins;
      begins = text[at] === ',';
    }
  }
  return quoted;
}
