import type { SheetCell, SheetRow } from '../collector/reports/sheets/rows.js';
import { printable } from './printable.js';

const BETWEEN = '  ';

/** Rows as lines of text whose columns are aligned: numbers to the right, texts to the left. */
export function tableLines(header: string[], rows: SheetRow[]): string[] {
  const texts = [header, ...rows].map((row) => row.map(shown));
  const widths = header.map((_, column) => Math.max(...texts.map((row) => widthOf(row[column]!))));
  const isNumber = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  return texts.map((row) =>
    row
      .map((text, column) => {
        const space = ' '.repeat(widths[column]! - widthOf(text));
        return isNumber[column] ? space + text : text + space;
      })
      .join(BETWEEN)
      .trimEnd(),
  );
}

export function shown(cell: SheetCell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return printable(cell);
  return Number.isInteger(cell) ? String(cell) : String(Number(cell.toFixed(6)));
}

const characters = new Intl.Segmenter('en');

/** The number of characters that a reader sees. */
const widthOf = (text: string): number => [...characters.segment(text)].length;
