import type { SheetCell } from '../collector/reports/sheets/rows.js';
import { tableLines } from './report-table.js';

/** The most rows of a table, and characters of a text in it. Other formats have everything. */
export const ROWS_SHOWN = 40;
const TEXT_SHOWN = 80;

/**
 * The answer to SQL as a table.
 * @param rows the first ones
 * @param total how many there are
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

/** A long text is cut where people read it. */
function shortened(cell: SheetCell): SheetCell {
  if (typeof cell !== 'string' || cell.length <= TEXT_SHOWN) return cell;
  return `${cell.slice(0, TEXT_SHOWN - 1)}…`;
}
