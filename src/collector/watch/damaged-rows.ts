import type { DamagedRow } from '../store/store.js';
import type { Counts } from './counts.js';
import { throttled, type Log } from './log.js';

/** Repeats of the line come this often, however many rows are damaged and however often they are exported. */
const REPEAT_MS = 60_000;

/** Counts the rows that exports leave out, and says in the log that there are some. */
export function damagedRows(counts: Counts, log: Log): (row: DamagedRow) => void {
  const warn = throttled<DamagedRow>(REPEAT_MS, (row, times) =>
    log.error({ ...row, times }, 'an export left out damaged rows: kmq export names each of them'),
  );
  return (row) => {
    counts.damaged += 1;
    warn(row);
  };
}
