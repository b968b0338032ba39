import { setImmediate as turn } from 'node:timers/promises';
import type { HitRow, RefusalRow } from './rows.js';
import type { Spool } from './spool.js';

/** Takes people who were erased out of what the spool keeps to send it again, a batch at a time between commits. */
export async function redact(spool: Spool, key: string, identities: string[]): Promise<void> {
  const names = identities.flatMap((identity) => [JSON.stringify(identity).slice(1, -1), encodeURIComponent(identity)]);
  const erased = new Set(identities);
  const namesThem = (line: string): boolean => {
    // To parse every line would cost many times as much.
    if (!names.some((name) => line.includes(name))) return false;
    const row = JSON.parse(line) as HitRow | RefusalRow;
    if ('request' in row) return row.key === '' || row.key === key;
    return row.site === key && erased.has(row.identity);
  };
  for (const end of spool.forwardedBatches()) {
    spool.removeLines(end, namesThem);
    await turn();
  }
}
