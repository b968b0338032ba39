import type { SheetCell } from '../collector/reports/sheets/rows.js';
import { tableLines } from './report-table.js';

/** The most rows of a table, and below, the most characters of a text. Other formats are complete. */
export const ROWS_SHOWN = 40;
const TEXT_SHOWN = 80;

/**
 * The answer to SQL as a table.
 * @param rows the first rows
 * @param total how many rows there are
 */
export function tableText(columns: readonly string[], rows: readonly SheetCell[][], total: number): string {
  const shown = rows.map((row) => row.map(shortened));
  const lines = tableLines([...columns], shown);
  const left =
    total > shown.length
      ? `The first ${shown.length} of ${total} rows; --csv, --json and --out write all of them.`
      : `${total} ${total === 1 ? 'row' : 'rows'}.`;
  return `${lines.join('\n')}\n\n${left}\n`;
}

/** Cuts a long text: a table is for people. */
function shortened(cell: SheetCell): SheetCell {
  if (typeof cell !== 'string' || cell.length <= TEXT_SHOWN) return cell;
  return `${cell.slice(0, TEXT_SHOWN - 1)}…`;
}
