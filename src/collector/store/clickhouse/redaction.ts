import { setImmediate as turn } from 'node:timers/promises';
import { namesOneOf } from '../model/names-in-refusals.js';
import type { RefusalRow } from './rows.js';
import type { Spool } from './spool.js';

/** Refused requests that are read in one turn: each may be read in many ways. */
const REFUSALS_PER_TURN = 50;

/** How a hit begins, as `toInsertLines` writes it. To parse the whole line would cost many times as much. */
const HIT = /^\{"site":("(?:[^"\\]|\\.)*"),"identity":("(?:[^"\\]|\\.)*")/;

/** Takes people who were erased out of what the spool keeps to send it again, a batch at a time between commits. */
export async function redact(spool: Spool, key: string, identities: string[]): Promise<void> {
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

  for (const end of spool.forwardedBatches()) {
    const lines = spool.linesOf(end);
    if (!lines) continue;
    const hits = await withoutLines(lines.hits, isTheirs);
    const refusals = await withoutLines(lines.refusals, namesThem, REFUSALS_PER_TURN);
    if (hits !== lines.hits || refusals !== lines.refusals) spool.replaceLines(end, { hits, refusals });
    await turn();
  }
}

async function withoutLines(text: string, goes: (line: string) => boolean, perTurn = Infinity): Promise<string> {
  const kept: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || !goes(line)) kept.push(line);
    if (index % perTurn === perTurn - 1) await turn();
  }
  return kept.join('\n');
}
