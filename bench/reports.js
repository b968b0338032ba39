// Reports compared with the same questions in ClickHouse (test/support/chdb, which is installed if it is missing): on ten million
// hits of a million people in ninety days, without load and with 64 connections that send hits. Both answer by HTTP, and use all
// cores.
//
//   npm run bench -- reports [millions of hits] [folder of a store, which is filled where it is empty]

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { installChdb, startChdb } from '../test/support/chdb/start.ts';
import { median, pause, whole } from './support/figures.js';
import { load, need, residentMemory, temporaryFolder } from './support/processes.js';
import { questions } from './support/reports-questions.js';
import { LARGE } from './support/year-people.js';

const RUNS = 5;
const DAYS = 90;
const LOAD_SECONDS = 3600;
const threads = availableParallelism();

const total = Math.round(Number(process.argv[2] ?? 10) * 1e6);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const data = process.argv[3] ? resolve(process.argv[3]) : temporaryFolder();
const support = (file) => join(import.meta.dirname, 'support', file);

need('/usr/bin/wrk', 'wrk');
console.log(`Node ${process.version}, ${whole(total)} hits, ${threads} threads\n`);
if (!existsSync(join(data, 'kmq.db'))) {
  const began = performance.now();
  execFileSync(process.execPath, [support('reports-fill.js'), total, data], { stdio: 'inherit' });
  console.error(`filled in ${seconds(began)}`);
}

let asked = 0;
let collector = await start();
const built = await build();
console.log('| | |\n|---|--:|');
console.log(`| all hits are brought in | ${built.seconds.toFixed(0)} s, ${whole(total / built.seconds)} hits/s |`);
console.log(`| rewritten in the order of (event, time) | ${built.sorted.toFixed(0)} s more |`);
console.log(`| \`reports.duckdb\` | ${(built.bytes / total).toFixed(1)} bytes a hit |`);
await collector.stop();
const { clickHouse, properties } = await fillClickHouse();
collector = await start();
await until(async () => (await ask('names', {})).ok);

const began = Math.floor(Date.now() / 86_400_000) * 86_400 - DAYS * 86_400;
const all = questions(began, DAYS);
await measure('quiet');
void load(collector.origin, {
  ...{ connections: 64, script: 'bench/support/visitors.lua', seconds: LOAD_SECONDS, key: 'other' },
}).catch(() => undefined);
await pause(3000);
await measure('64 connections sending');
console.log(
  `\nThe process of reports held ${whole((await metric('kmq_reports_memory_bytes')) / 2 ** 20)} MiB at the end, ` +
    `the collector ${whole(residentMemory(collector.pid))}.`,
);
process.exit(0);

function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

async function start() {
  const child = spawn(
    process.execPath,
    ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data, '--log-level', 'warn', '--report-threads', threads],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.on('exit', () => child.kill('SIGKILL'));
  let origin;
  for await (const line of createInterface(child.stdout)) {
    origin = /http:\/\/[^/]+/.exec(line)?.[0] ?? origin;
    if (line.startsWith('Overview')) break;
  }
  const stop = () => new Promise((done) => child.once('exit', done).kill('SIGTERM'));
  return { origin, pid: child.pid, stop };
}

function ask(kind, question) {
  const q = encodeURIComponent(JSON.stringify(question));
  return fetch(`${collector.origin}/api/v1/reports/${kind}?key=${LARGE}&q=${q}`);
}

async function metric(name) {
  const text = await (await fetch(`${collector.origin}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function until(holds) {
  while (!(await holds())) await pause(200);
}

async function build() {
  const began = performance.now();
  await until(async () => (await ask('names', {})).ok);
  const built = performance.now();
  const file = join(data, 'reports.duckdb');
  let size;
  // The file is smaller after it was written again.
  const before = statSync(file).size;
  for (let same = 0; same < 20; await pause(500)) {
    const now = statSync(file).size;
    same = now === size && now < before ? same + 1 : 0;
    size = now;
  }
  const sorted = performance.now() - 10_000;
  return { seconds: (built - began) / 1000, sorted: (sorted - built) / 1000, bytes: size };
}

/** Copies the rows of the reports to ClickHouse, by a Parquet file. */
async function fillClickHouse() {
  const folder = temporaryFolder();
  const file = join(folder, 'hits.parquet');
  const instance = await DuckDBInstance.create(join(data, 'reports.duckdb'));
  const connection = await instance.connect();
  const rows = (
    await connection.runAndReadAll(
      `SELECT p.name, p."column" FROM properties p JOIN sites s USING (site) WHERE s.key = '${LARGE}' AND p."column" IS NOT NULL`,
    )
  ).getRows();
  const columns = rows.map(([name, column]) => `h.c${column} AS "${name}"`).join(', ');
  await connection.run(
    `COPY (SELECT h.person, coalesce(e.name, '') AS event, h.time, h.hit, h.agent, ${columns} FROM hits h
       JOIN sites s USING (site) LEFT JOIN events e USING (site, event) WHERE s.key = '${LARGE}')
     TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  installChdb();
  const { port } = await startChdb(join(folder, 'data'));
  const clickHouse = async (statement) => {
    const address = `http://127.0.0.1:${port}/?max_threads=${threads}&default_format=JSONCompactEachRow`;
    const response = await fetch(address, { method: 'POST', body: statement });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${answer}\n${statement}`);
  };
  const names = rows.map(([name]) => name);
  await clickHouse('CREATE DATABASE bench');
  await clickHouse(
    `CREATE TABLE bench.hits (person UInt32, event LowCardinality(String), time Int64, hit UInt64, agent UInt8,
       ${names.map((name) => `\`${name}\` Nullable(String)`).join(', ')})
     ENGINE = MergeTree ORDER BY (event, time)`,
  );
  await clickHouse(`INSERT INTO bench.hits SELECT * FROM file('${file}', Parquet)`);
  await clickHouse('OPTIMIZE TABLE bench.hits FINAL');
  return { clickHouse, properties: names };
}

/** Asks each question at both in turns, so that other load of the machine affects both alike. */
async function measure(when) {
  console.log(`\n| ${when}, ms | kmq | ClickHouse | kmq / ClickHouse | kmq asked again |\n|---|--:|--:|--:|--:|`);
  for (const { name, kind, question, statement } of all) {
    const [own, other, again] = [[], [], []];
    const sql = (typeof statement === 'string' ? statement : statement(properties)).replaceAll(
      'FROM hits',
      'FROM bench.hits',
    );
    for (let run = 0; run < RUNS; run++) {
      const words = inOtherWords(question);
      own.push(await timed(() => answered(kind, words)));
      again.push(await timed(() => answered(kind, words)));
      other.push(await timed(() => clickHouse(sql)));
    }
    const [mine, theirs] = [median(own), median(other)];
    console.log(
      `| ${name} | ${whole(mine)} | ${whole(theirs)} | ${(mine / theirs).toFixed(2)} | ${median(again).toFixed(1)} |`,
    );
  }
}

/** Changes a question, so that its answer is not in the cache, but as much work: more people of a list, or days in the future. */
function inOtherWords(question) {
  asked += 1;
  if (question.limit) return { ...question, limit: question.limit + asked };
  return { ...question, to: new Date((began + (DAYS + asked) * 86_400) * 1000).toISOString().slice(0, 10) };
}

async function answered(kind, question) {
  const response = await ask(kind, question);
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

async function timed(asking) {
  const began = performance.now();
  await asking();
  return performance.now() - began;
}
