import type { DamagedRow } from '../store/store.js';
import type { Counts } from './counts.js';
import { throttled, type Log } from './log.js';

/** Counts the damaged rows that exports leave out, and logs that there are some. */
export function damagedRows(counts: Counts, log: Log): (row: DamagedRow) => void {
  const warn = throttled<DamagedRow>((row, times) =>
    log.error({ ...row, times }, 'an export left out damaged rows: kmq export names the first ten'),
  );
  return (row) => {
    counts.damaged += 1;
    warn(row);
  };
}
