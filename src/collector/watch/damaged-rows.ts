import type { DamagedRow } from '../store/store.js';
import type { Counts } from './counts.js';
import { throttled, type Log } from './log.js';

/** The message is logged at most this often, however many rows are damaged and however often they are exported. */
const REPEAT_MS = 60_000;

/** Counts the damaged rows that exports leave out, and logs that there are some. */
export function damagedRows(counts: Counts, log: Log): (row: DamagedRow) => void {
  const warn = throttled<DamagedRow>(REPEAT_MS, (row, times) =>
    log.error({ ...row, times }, 'an export left out damaged rows: kmq export names the first ten'),
  );
  return (row) => {
    counts.damaged += 1;
    warn(row);
  };
}
