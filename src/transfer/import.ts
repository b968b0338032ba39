import { setTimeout as pause } from 'node:timers/promises';
import { LineDigest } from './line-digest.js';
import { sentenceOf } from '../protocol/reasons.js';
import type { ArrivedHit, ImportWriter, RefusedEntry, Store } from '../collector/store/store.js';
import type { Line } from './lines.js';
import type { LineReader } from './record.js';

/**
 * A batch is stored in one transaction, together with the bookmark. It ends with the record that brings it to so many lines, or,
 * since lines may be long, to so many characters.
 */
const BATCH_LINES = 1000;
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/** The import waits while more entries than this wait for ClickHouse. */
const MOST_BACKLOG = 100_000;
const BACKLOG_CHECK_MS = 50;

export interface Reject {
  line: Line;
  reason: string;
}

/** The progress of an import. */
export interface Counts {
  /** Lines that this import has read. */
  lines: number;
  /** Lines that were skipped, because an earlier import has read them. */
  before: number;
  hits: number;
  rejected: number;
  /** Lines that were read leniently. */
  repaired: number;
}

export interface ImportOptions {
  records: AsyncIterable<Line[]>;
  read: LineReader;
  /** Absent for a dry run, which stores nothing. */
  store?: (ImportWriter & Pick<Store, 'backlog'>) | undefined;
  /** The name of the bookmark. */
  source: string;
  /** Called with the rejects of a batch before it is stored. After an interruption it is called with them again. */
  onRejects: (rejects: Reject[]) => void;
  onProgress: (counts: Counts) => void;
}

/**
 * Stores the hits of lines in batches. The number of lines so far and their digest are stored in the same transaction as each
 * batch. So an interrupted import continues after the last stored line, and no line is lost or stored twice.
 * @throws errors of reading and storing; the batches before stay stored. Also if the lines that were imported before have changed
 */
export async function importLines(options: ImportOptions): Promise<Counts> {
  const { records, read, store, source, onRejects, onProgress } = options;
  const done = (await store?.bookmark(source)) ?? 0;
  const digest = new LineDigest();
  const digestName = `${source}, digest`;
  // Imports of earlier versions have stored none.
  const expected = (await store?.bookmark(digestName)) || undefined;
  const counts: Counts = { lines: 0, before: done, hits: 0, rejected: 0, repaired: 0 };
  let hits: ArrivedHit[] = [];
  /** For each entry, the line from which it comes. */
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
    const bookmarks = [
      { name: source, value: reached },
      { name: digestName, value: digest.value },
    ];
    await store?.appendWithBookmarks(hits, bookmarks, (refused) => {
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

  let isSame = expected === undefined;
  const assertSame = (): void => {
    isSame ||= digest.value === expected;
    if (isSame) return;
    throw new Error(
      `The first ${done} lines of the input were imported before, and have changed since, so kmq cannot tell which lines are new. An export changes like ` +
        'this when hits are removed from its store, or when it has several sites: export each site by itself, with --key. Import the input ' +
        'into an empty store; or, if none of its lines was imported before, give the import another name with --source.',
    );
  };

  for await (const block of records) {
    for (const line of block) {
      last = line.end;
      if (line.number <= done) digest.add(line, line.number, done);
      if (line.end > done) assertSame();
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
      // A line that was cut off may get its rest later. The next import reads it again.
      if (!(line.unfinished && outcome && 'reason' in outcome)) {
        reached = line.end;
        digest.add(line, done + 1, line.end);
      }
      if (waiting >= BATCH_LINES || length >= BATCH_CHARACTERS) await flush();
    }
  }
  await flush();
  if (last < done) {
    throw new Error(
      `The input has ${last} lines, but ${done} lines of it were imported before. If this is another file, give the import another name with --source.`,
    );
  }
  assertSame();
  return counts;
}

/** The line of a hit that the store has refused. Other hits of the same line are stored. */
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
