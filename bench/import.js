// How many lines a second an import stores and an export writes, a million of each format, compared with sqlite3's own
// `.import` of the same CSV file into a table without indexes or checks, which is the limit.
// Machines are noisy: read the ratio.
//
//   npm run bench -- import [lines]

import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { need } from './support/processes.js';

const lines = Number(process.argv[2] ?? 1_000_000);
const PEOPLE = 100_000;

need('/usr/bin/sqlite3', 'sqlite3');

const folder = await mkdtemp(join(tmpdir(), 'kmq-import-'));
const inFolder = (name) => join(folder, name);

/** A year of somebody's export, oldest first. */
const start = 1_700_000_000;
const one = (n) => ({
  person: `person${(n * 7919) % PEOPLE}@example.com`,
  time: start + Math.floor((n * 31_536_000) / lines),
  name: ['Page View', 'Signed Up', 'Viewed Item', 'Ordered'][n % 4],
  plan: ['Free', 'Pro', 'Team'][n % 3],
  amount: String(n % 1000),
});
await write('raw.json', (n) => {
  const { person, time, name, plan, amount } = one(n);
  return JSON.stringify({ _p: person, _t: time, _n: name, 'plan name': plan, amount }) + '\n';
});
await write('csv.csv', (n) => {
  const { person, time, name, plan, amount } = one(n);
  const heading = n === 0 ? 'Identity,Timestamp,Event,Prop:Plan Name,Prop:Amount\n' : '';
  return `${heading}${person},${time},${name},${plan},${amount}\n`;
});

const rows = [];
const sqlite = measure('sqlite3 .import of the CSV file, one table', '/usr/bin/sqlite3', [
  inFolder('peer.db'),
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL',
  '.mode csv',
  `.import ${inFolder('csv.csv')} hits`,
]);
kmq('kmq import, CSV', ['import', inFolder('csv.csv'), '--key', 'k', '--data', inFolder('csv')]);
kmq('kmq import, raw export', ['import', inFolder('raw.json'), '--key', 'k', '--data', inFolder('raw')]);
kmq('kmq export', ['export', '--data', inFolder('raw'), '--output', inFolder('kmq.json')]);
kmq('kmq export --format raw', [
  'export',
  '--format',
  'raw',
  '--data',
  inFolder('raw'),
  '--output',
  inFolder('raw-again.json'),
]);
kmq('kmq import, kmq export', ['import', inFolder('kmq.json'), '--data', inFolder('kmq')]);
kmq('kmq import --dry-run, CSV', ['import', inFolder('csv.csv'), '--key', 'k', '--dry-run']);

console.log(`Node ${process.version}, ${lines.toLocaleString('en')} lines, ${PEOPLE.toLocaleString('en')} people\n`);
console.log('| | lines/s | beside sqlite3 |');
console.log('|---|--:|--:|');
for (const { name, rate } of rows) {
  console.log(`| ${name} | ${Math.round(rate).toLocaleString('en')} | ${(rate / sqlite).toFixed(2)} |`);
}
const size = (await stat(inFolder('raw/kmq.db'))).size;
console.log(`\nThe store takes ${Math.round(size / lines)} bytes a hit.`);
await rm(folder, { recursive: true });

async function write(name, line) {
  function* pieces() {
    for (let n = 0; n < lines; n += 1000) {
      yield Array.from({ length: Math.min(1000, lines - n) }, (_, at) => line(n + at)).join('');
    }
  }
  await pipeline(Readable.from(pieces()), createWriteStream(inFolder(name)));
}

function kmq(name, parameters) {
  return measure(name, process.execPath, ['server/bin/kmq.js', ...parameters]);
}

function measure(name, command, parameters) {
  const begun = performance.now();
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const rate = lines / ((performance.now() - begun) / 1000);
  rows.push({ name, rate });
  return rate;
}
