import { namesOneOf } from '../model/names-in-refusals.js';
import { Slices } from '../model/slices.js';
import type { RefusalRow } from './rows.js';
import type { Spool } from './spool.js';

/** The beginning of a hit's line, as `toInsertLines` writes it. To parse the whole line would cost many times as much. */
const HIT = /^\{"site":("(?:[^"\\]|\\.)*"),"identity":("(?:[^"\\]|\\.)*")/;

/**
 * Removes erased people from batches that are in the spool, up to an offset. Between two batches, hits can be committed.
 * @param upto the offset of a batch that was forwarded. Batches before it may be about to be sent once more
 */
export async function redact(spool: Spool, key: string, identities: string[], upto: number): Promise<void> {
  const erased = new Set(identities);
  const isNamed = namesOneOf(identities);
  const isTheirs = (line: string): boolean => {
    const [, site, identity] = HIT.exec(line)!;
    return JSON.parse(site!) === key && erased.has(JSON.parse(identity!) as string);
  };
  const namesThem = (line: string): boolean => {
    const row = JSON.parse(line) as RefusalRow;
    return (row.key === '' || row.key === key) && isNamed(row);
  };

  const slices = new Slices();
  for (const end of spool.batchesUpTo(upto)) {
    const lines = spool.linesOf(end);
    if (!lines) continue;
    const hits = await withoutLines(lines.hits, isTheirs, slices);
    const refusals = await withoutLines(lines.refusals, namesThem, slices);
    if (hits !== lines.hits || refusals !== lines.refusals) spool.replaceLines(end, { hits, refusals });
    await slices.next();
  }
}

async function withoutLines(text: string, goes: (line: string) => boolean, slices: Slices): Promise<string> {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || !goes(line)) kept.push(line);
    await slices.next();
  }
  return kept.join('\n');
}
