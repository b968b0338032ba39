import { setTimeout as pause } from 'node:timers/promises';
import { sentenceOf } from '../protocol/reasons.js';
import type { ArrivedHit, ImportWriter, RefusedEntry, Store } from '../collector/store/store.js';
import type { Line } from './lines.js';
import type { LineReader } from './record.js';

/** Lines that are stored together, with the bookmark behind them. */
const BATCH_LINES = 1000;
/** Bounds the memory that long lines take. */
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/** A distributed store that is behind by more hits than this is waited for. */
const MOST_BACKLOG = 100_000;
const BACKLOG_CHECK_MS = 50;

export interface Reject {
  line: Line;
  reason: string;
}

/** How far it has got. */
export interface Counts {
  /** Lines that were looked at, those that an earlier import had done not among them. */
  lines: number;
  /** Lines that an earlier import had done. */
  before: number;
  hits: number;
  rejected: number;
  /** Lines that were read leniently. */
  repaired: number;
}

export interface ImportOptions {
  records: AsyncIterable<Line[]>;
  read: LineReader;
  /** Absent: nothing is stored. */
  store?: (ImportWriter & Pick<Store, 'backlog'>) | undefined;
  /** What the bookmark is called. */
  source: string;
  /** Called with the rejects of a batch before it is stored. After an interruption it is called again; none is missing. */
  onRejects: (rejects: Reject[]) => void;
  onProgress: (counts: Counts) => void;
}

/**
 * Stores the hits of lines, a batch at a time, and in the same transaction the number of lines that are done. So an interrupted import
 * continues after the last stored line, and no line is lost or stored twice.
 * @throws what reading and storing throw; what was stored before is kept
 */
export async function importLines(options: ImportOptions): Promise<Counts> {
  const { records, read, store, source, onRejects, onProgress } = options;
  const done = (await store?.bookmark(source)) ?? 0;
  const counts: Counts = { lines: 0, before: done, hits: 0, rejected: 0, repaired: 0 };
  let hits: ArrivedHit[] = [];
  /** The line of each of the hits. */
  let origins: Line[] = [];
  let rejects: Reject[] = [];
  let reached = done;
  let last = 0;
  let repaired = 0;
  let waiting = 0;
  let length = 0;
  let first = true;

  const flush = async (): Promise<void> => {
    if (!waiting) return;
    if (rejects.length) onRejects(rejects);
    await store?.appendWithBookmark(hits, { source, lines: reached }, (refused) => {
      onRejects(refused.map((entry) => rejectOf(entry, origins)));
      counts.hits -= refused.length;
      counts.rejected += refused.length;
    });
    counts.lines += waiting;
    counts.hits += hits.length;
    counts.rejected += rejects.length;
    counts.repaired += repaired;
    hits = [];
    origins = [];
    rejects = [];
    waiting = length = repaired = 0;
    while (store && store.backlog() > MOST_BACKLOG) await pause(BACKLOG_CHECK_MS);
    onProgress(counts);
  };

  for await (const block of records) {
    for (const line of block) {
      last = line.end;
      const empty = line.text === '' && line.fault === undefined;
      // The first line of a CSV file is needed to read those after it.
      if (line.end <= done && !(first && !empty)) continue;
      const outcome = empty ? undefined : outcomeOf(line, read);
      if (!empty) first = false;
      if (line.end <= done) continue;
      waiting += line.end - line.number + 1;
      length += line.text.length;
      if (outcome && 'hits' in outcome) {
        hits.push(...outcome.hits);
        origins.push(...outcome.hits.map(() => line));
        if (outcome.repaired) repaired += 1;
      } else if (outcome) {
        rejects.push({ line, reason: outcome.reason });
      }
      // The rest of a line that was cut off may still come: then it is read again, as a whole.
      if (!(line.unfinished && outcome && 'reason' in outcome)) reached = line.end;
      if (waiting >= BATCH_LINES || length >= BATCH_CHARACTERS) await flush();
    }
  }
  await flush();
  if (last < done) {
    throw new Error(
      `There are ${last} lines, but ${done} were imported from here before. If this is another file, give the import another name with --source.`,
    );
  }
  return counts;
}

/** The line of a hit that the store has refused; what else it tells of is stored. */
function rejectOf({ entry, reason }: RefusedEntry, origins: Line[]): Reject {
  const line = origins[entry]!;
  const others = origins[entry - 1] === line || origins[entry + 1] === line;
  return { line, reason: sentenceOf(reason) + (others ? ' The rest of the line is stored.' : '') };
}

function outcomeOf(line: Line, read: LineReader): ReturnType<LineReader> {
  const outcome = line.fault === undefined ? read(line) : { reason: line.fault };
  return 'reason' in outcome && line.unfinished
    ? { reason: `${outcome.reason} It is the last one, and has no line break: it may have been cut off.` }
    : outcome;
}
