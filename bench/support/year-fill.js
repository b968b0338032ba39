// Fills an embedded store with a year of hits, in a separate process, so that the memory for this can be measured:
// node year-fill.js HITS FOLDER
// It continues after the last hit of an earlier run, even if that run was killed: the store has a bookmark.
import { mkdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { EmbeddedStore } from '../../server/lib/collector/store/embedded/store.js';
import { openDatabase } from '../../server/lib/collector/store/sqlite/database.js';
import { pause, whole } from './figures.js';
import { peakMemory, residentMemory } from './processes.js';
import { yearOfHits } from './year-hits.js';
import { PARTS, readNotes, writeNotes } from './year-notes.js';

const BATCH = 1000;
const PROGRESS_SECONDS = 10;
const BYTES_OF_A_HIT = 400;
/** After so long without a commit, the background work of the store is done. */
const QUIET_MS = 3000;
const MOST_MS_BEHIND = 600_000;

const [total, folder] = [Number(process.argv[2]), process.argv[3]];
const source = `a year of ${total} hits`;

mkdirSync(folder, { recursive: true });
const notes = notesOrExit();
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stopped = true));

const store = new EmbeddedStore({ folder, counting: () => 'auto', onError: console.error, onNotice: console.error });
let done = await store.bookmark(source);
await checkSpace();
await fill();
if (!stopped && notes.filed === undefined) notes.filed = await secondsBehind();
note();
await store.close();
process.exit(stopped ? 130 : 0);

async function fill() {
  const entriesFrom = yearOfHits(total);
  const partOf = (n) => notes.parts[Math.floor((n * PARTS) / total)];
  let measured = measure();
  let said = measured;
  let began = measured.seconds;
  const add = (part) => {
    const now = measure();
    for (const field of ['hits', 'seconds', 'processor', 'written']) part[field] += now[field] - measured[field];
    measured = now;
    note();
  };
  while (done < total && !stopped) {
    const part = partOf(done);
    const entries = entriesFrom(done, BATCH);
    await store.appendWithBookmarks(entries, [{ name: source, value: done + entries.length }], (refused) => {
      throw new Error(`${refused.length} hits were refused, as ${JSON.stringify(refused[0])}.`);
    });
    done += entries.length;
    // In a collector, the next batch also arrives in a later turn of the event loop. Background work of the store runs in between.
    await turn();
    const now = performance.now() / 1000;
    part.longest = Math.max(part.longest, now - began);
    began = now;
    const isSaidAgain = now - said.seconds > PROGRESS_SECONDS;
    if (isSaidAgain || done === total || partOf(done) !== part) add(part);
    if (isSaidAgain) {
      sayProgress(said);
      said = measured;
    }
  }
}

/** The hits stored, and the time, processor time and bytes written to disk that this process has used so far. */
function measure() {
  const { user, system } = process.cpuUsage();
  const written = Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))[1]);
  return { hits: done, seconds: performance.now() / 1000, processor: (user + system) / 1e6, written };
}

function sayProgress(before) {
  const rate = (done - before.hits) / (performance.now() / 1000 - before.seconds);
  const left = Math.ceil((total - done) / rate / 60);
  console.error(
    `${((100 * done) / total).toFixed(1)} % of ${whole(total)} hits, ${whole(rate)} hits/s, ${left} min left`,
  );
}

function note() {
  notes.resident = residentMemory(process.pid);
  notes.peak = Math.max(notes.peak, peakMemory(process.pid));
  writeNotes(folder, notes);
}

function notesOrExit() {
  try {
    return readNotes(folder, total);
  } catch (error) {
    exit(error.message);
  }
}

function exit(sentence) {
  console.error(sentence);
  process.exit(1);
}

async function checkSpace() {
  const { bavail, bsize } = await statfs(folder);
  const needed = (total - done) * BYTES_OF_A_HIT;
  const space = bavail * bsize;
  if (space < needed) exit(`${folder} may need ${whole(needed / 1e9)} GB, and there are ${whole(space / 1e9)}.`);
}

/** For how many seconds the store continues to write after the last hit; undefined if it does not end within the limit. */
async function secondsBehind() {
  const db = openDatabase(join(folder, 'kmq.db'));
  // This number changes with each commit of another connection (https://www.sqlite.org/pragma.html#pragma_data_version).
  const version = db.prepare('PRAGMA data_version');
  const began = performance.now();
  let last = { version: version.get().data_version, at: began };
  while (performance.now() - last.at < QUIET_MS && performance.now() - began < MOST_MS_BEHIND && !stopped) {
    await pause(50);
    const { data_version: now } = version.get();
    if (now !== last.version) last = { version: now, at: performance.now() };
  }
  db.close();
  return performance.now() - last.at < QUIET_MS ? undefined : (last.at - began) / 1000;
}
