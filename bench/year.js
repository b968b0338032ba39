// The limits of one machine: an embedded store is filled with a busy site's year, its hits in the order of their
// arrival, and a collector on it answers the questions of an owner. It shows what gets slower as the store grows, and when another
// store is necessary. If it was interrupted, run it again with the same folder: filling continues. Compare only the first runs on a
// folder: each run erases some people, removes one more month, and adds hits.
//
//   npm run bench -- year [millions of hits] [folder]

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { whole } from './support/figures.js';
import { need, temporaryFolder } from './support/processes.js';
import { BEGAN } from './support/year-clock.js';
import { YearCollector } from './support/year-collector.js';
import { yearOfHits } from './support/year-hits.js';
import { singleHits } from './support/year-load.js';
import { PARTS, readNotes, writeNotes } from './support/year-notes.js';
import { LARGE, SMALL } from './support/year-people.js';
import { erasures, readings } from './support/year-questions.js';

/** The most seconds for each measurement, so that the benchmark ends however slow something is. */
const READING_SECONDS = 120;
const ERASING_SECONDS = 300;
const EXPIRY_SECONDS = 1800;
const DISK_SECONDS = 600;
const MONTH_SECONDS = 30 * 86_400;
const GENERATED = 2e6;

const total = Math.round(Number(process.argv[2] ?? 100) * 1e6);
// If it is interrupted, it removes its temporary folder.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const folder = process.argv[3] ? resolve(process.argv[3]) : temporaryFolder();
const support = (file) => join(import.meta.dirname, 'support', file);

need('/usr/bin/wrk', 'wrk');
console.log(
  `Node ${process.version}, ${whole(total)} hits of a year; generated alone ${whole(generated())} a second\n`,
);
await fill();
const notes = readNotes(folder, total);
sayFilling();
console.log('\n| | |\n|---|--:|');
const filed = notes.filed === undefined ? 'no end' : `${notes.filed.toFixed(1)} s`;
say('filling: what the store does behind the last commit', filed);
say('filling: memory at the end, and at most', `${whole(notes.resident)} and ${whole(notes.peak)} MiB`);
await sayDisk();

const collector = new YearCollector(folder);
say('start, until the first hit is answered', `${(await collector.start()).toFixed(2)} s`);
for (const [name, question] of Object.entries(readings(total, notes.runs))) {
  say(name, await collector.ask(READING_SECONDS, question));
}
say('memory of the collector after that', `${whole(collector.resident)} MiB`);
for (const [name, question] of Object.entries(erasures(total, notes.runs))) {
  say(name, await collector.ask(ERASING_SECONDS, question));
}
for (const [name, measured] of singleHits(collector, total)) say(name, await measured());
say('memory of the collector after that', `${whole(collector.resident)} MiB`);
await collector.kill();
say('start after a kill under load', `${(await collector.start()).toFixed(2)} s`);
await collector.stop();
say('the most memory that the collector had', `${whole(collector.peak)} MiB`);
await sayExpiry();
process.exit(0);

function say(name, figure) {
  console.log(`| ${name} | ${figure} |`);
}

function generated() {
  const entriesFrom = yearOfHits(total);
  const began = performance.now();
  for (let n = 0; n < GENERATED; n += 1000) entriesFrom(n % total, 1000);
  return GENERATED / ((performance.now() - began) / 1000);
}

async function fill() {
  const child = spawn(process.execPath, [support('year-fill.js'), total, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(code ?? 1);
}

/** Prints the filling: the first and the last twentieth, and the tenths. */
function sayFilling() {
  console.log('| filling | hits/s | longest batch of 1,000 | processor, a hit | written to the disk, a hit |');
  console.log('|---|--:|--:|--:|--:|');
  const { parts } = notes;
  sayPart('the first twentieth', parts.slice(0, 1));
  for (let part = 0; part < PARTS; part += 2) sayPart(`${part * 5} to ${part * 5 + 10} %`, parts.slice(part, part + 2));
  sayPart('the last twentieth', parts.slice(-1));
}

function sayPart(name, parts) {
  const sum = (field) => parts.reduce((so, part) => so + part[field], 0);
  const ofAHit = (field) => sum(field) / sum('hits');
  const longest = Math.max(...parts.map((part) => part.longest));
  const columns = [
    whole(1 / ofAHit('seconds')),
    `${whole(longest * 1000)} ms`,
    `${(ofAHit('processor') * 1e6).toFixed(1)} µs`,
    `${whole(ofAHit('written'))} bytes`,
  ];
  console.log(`| ${name} | ${columns.join(' | ')} |`);
}

/** Prints the disk space after filling: later runs add other hits. */
async function sayDisk() {
  const file = join(folder, 'kmq.db');
  if (!notes.disk) {
    notes.disk = { bytes: statSync(file).size, tables: await inChild('year-disk.js', DISK_SECONDS, file) };
    writeNotes(folder, notes);
  }
  const { bytes, tables } = notes.disk;
  const ofAHit = (size) => `${(size / total).toFixed(1)} bytes a hit`;
  say('disk', ofAHit(bytes));
  if (typeof tables === 'string') return say('disk, by table', tables);
  for (const table of tables) if (table.bytes / total > 0.5) say(`disk, \`${table.name}\``, ofAHit(table.bytes));
}

async function sayExpiry() {
  const before = BEGAN + (notes.runs + 1) * MONTH_SECONDS;
  notes.runs++;
  writeNotes(folder, notes);
  const expire = async (name, key) => {
    const done = await inChild('year-expire.js', EXPIRY_SECONDS, folder, key, before);
    if (typeof done === 'string') return say(name, done);
    const { hits, seconds } = done;
    say(name, `${seconds.toFixed(1)} s${hits ? `: ${whole(hits)} hits, ${whole(hits / seconds)} a second` : ''}`);
  };
  await expire('retention: a month of the large site', LARGE);
  await expire('retention: once more, with nothing to remove', LARGE);
  await expire('retention: a month of the small site', SMALL);
}

/** Runs a script. @returns its output, parsed as JSON; a sentence if it has failed or taken too long */
async function inChild(script, seconds, ...parameters) {
  const options = { timeout: seconds * 1000, killSignal: 'SIGKILL' };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [support(script), ...parameters], options);
    return JSON.parse(stdout);
  } catch (error) {
    return error.killed ? `more than ${seconds} s` : String(error.stderr).trim();
  }
}
