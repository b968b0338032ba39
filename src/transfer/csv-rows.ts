import { delimiterOf, endsQuoted, type Delimiter } from './csv-dialect.js';
import { fits, rowOf } from './csv-format.js';
import { LINE_BYTES, type Line } from './lines.js';

/** The most lines of a quoted cell: a quote that is never closed must not make the rest of the file one cell. */
const LINES_OF_A_CELL = 100;

/** Joins the lines of a row whose quoted cells contain line breaks (RFC 4180, section 2). */
export async function* csvRows(blocks: AsyncIterable<Line[]>): AsyncGenerator<Line[]> {
  let held: Line[] = [];
  let shape: Shape | undefined;
  for await (const block of blocks) {
    const lines = held.length ? [...held, ...block] : block;
    const first = lines.find(({ text }) => text !== '');
    if (!first) {
      yield lines;
      continue;
    }
    const { rows, rest } = join(lines, (shape ??= shapeOf(first)), false);
    held = rest;
    yield rows;
  }
  if (held.length) yield join(held, shape!, true).rows;
}

/** What the first line, with the names of the columns, tells about all rows. */
interface Shape {
  delimiter: Delimiter;
  /** The number of cells; undefined if the line cannot be read. */
  count: number | undefined;
}

function shapeOf(heading: Line): Shape {
  const delimiter = delimiterOf(heading.text);
  const row = rowOf(heading, delimiter);
  return { delimiter, count: typeof row === 'string' ? undefined : row.cells.length };
}

/** @param all whether no more lines follow, so that a cell that is still open cannot be closed */
function join(lines: Line[], shape: Shape, all: boolean): { rows: Line[]; rest: Line[] } {
  const { delimiter } = shape;
  const rows: Line[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    let quoted = line.fault === undefined && isOpen(line.text, delimiter);
    if (!quoted) {
      rows.push(line);
      at += 1;
      continue;
    }
    let next = at + 1;
    let bytes = line.text.length;
    while (quoted && next < lines.length && next - at < LINES_OF_A_CELL && bytes < LINE_BYTES && !lines[next]!.fault) {
      quoted = endsQuoted(lines[next]!.text, delimiter, '"', true);
      bytes += lines[next]!.text.length;
      next += 1;
    }
    if (!quoted) {
      const parts = lines.slice(at, next);
      const row = { ...parts.at(-1)!, number: line.number, text: parts.map(({ text }) => text).join('\n') };
      // The quote that closes the cell may in fact open a cell of a later row, which must not be rejected with this one.
      const fits = isRow(row, shape);
      rows.push(fits ? row : { ...line, fault: NOT_CLOSED });
      at = fits ? next : at + 1;
    } else if (next === lines.length && !all && next - at < LINES_OF_A_CELL && bytes < LINE_BYTES) {
      return { rows, rest: lines.slice(at) };
    } else {
      rows.push({ ...line, fault: NOT_CLOSED });
      at += 1;
    }
  }
  return { rows, rest: [] };
}

const NOT_CLOSED = 'A quote is opened and not closed.';

function isRow(line: Line, { delimiter, count }: Shape): boolean {
  const row = rowOf(line, delimiter, count);
  return typeof row !== 'string' && (count === undefined || fits(row.cells, count));
}

/** Whether a quoted cell continues after a line. It does not if the line is complete in one of the two quotings. */
function isOpen(text: string, delimiter: Delimiter): boolean {
  if (!text.includes('"') || !endsQuoted(text, delimiter, '"')) return false;
  return !text.includes('\\"') || endsQuoted(text, delimiter, '\\');
}
