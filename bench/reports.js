// Reports from the embedded store (DuckDB) and from kmq's tables in ClickHouse, compared with the same questions in SQL on a plain
// table of ClickHouse (test/support/chdb, which is installed if it is missing): ten million hits of a million people in ninety days,
// without load and with 64 connections that send hits to the embedded store. All answer by HTTP, and use all cores.
//
//   npm run bench -- reports [millions of hits] [rounds] [folder of the stores, which are filled where they are empty]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { median, pause, until, whole } from './support/figures.js';
import { load, need, residentMemory, temporaryFolder } from './support/processes.js';
import { bytesOf, fillPlainTable, startClickHouse, startReportsOn } from './support/reports-clickhouse.js';
import { secondsSince, startReports } from './support/reports-collector.js';
import { questions } from './support/reports-questions.js';

const DAYS = 90;
const LOAD_SECONDS = 3600;
/** With fewer hits, the file may not be written again: UNSORTED_ROWS in rewriter.ts. */
const REWRITTEN_HITS = 600_000;
const threads = availableParallelism();

const total = Math.round(Number(process.argv[2] ?? 10) * 1e6);
const rounds = Number(process.argv[3] ?? 5);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const data = process.argv[4] ? resolve(process.argv[4]) : temporaryFolder();
mkdirSync(data, { recursive: true });

need('/usr/bin/wrk', 'wrk');
console.log(`Node ${process.version}, ${whole(total)} hits, ${threads} threads\n`);
if (!existsSync(join(data, 'kmq.db'))) fill([data]);

let asked = 0;
let embedded;
console.log('| | |\n|---|--:|');
const file = join(data, 'reports.duckdb');
if (!existsSync(file)) {
  embedded = await startReports({ data, threads });
  const built = await build();
  console.log(`| embedded store: all hits are brought in | ${rate(built.seconds)} |`);
  console.log(`| rewritten in the order of (event, time) | ${built.sorted.toFixed(0)} s more |`);
  await embedded.stop();
}
console.log(`| \`reports.duckdb\` | ${(statSync(file).size / total).toFixed(1)} bytes a hit |`);
const clickHouse = await startClickHouse(join(data, 'clickhouse'), threads);
const spool = join(data, 'spool');
const isNew = !existsSync(spool);
if (isNew) {
  const began = performance.now();
  fill([spool, clickHouse.url]);
  console.log(`| ClickHouse: stored by a collector without reports | ${rate(secondsSince(began))} |`);
}
const properties = await fillPlainTable(clickHouse, data, temporaryFolder());
const { collector, filled, settled } = await startReportsOn(clickHouse, { data: spool, threads });
if (isNew) {
  console.log(`| all hits are copied into the tables of reports | ${rate(filled)} |`);
  console.log(`| ClickHouse has merged its parts | ${(settled - filled).toFixed(0)} s more |`);
}
for (const [name, which] of [
  ['the tables of hits', "table NOT LIKE 'report_%'"],
  ['`report_hits`', "table = 'report_hits'"],
  ['`report_seen`', "table = 'report_seen'"],
  ['the other tables of reports', "table LIKE 'report_%' AND table NOT IN ('report_hits', 'report_seen')"],
])
  console.log(`| ${name} | ${((await bytesOf(clickHouse, which)) / total).toFixed(1)} bytes a hit |`);
embedded = await startReports({ data, threads });
await until(() => embedded.isReady());

const began = Math.floor(Date.now() / 86_400_000) * 86_400 - DAYS * 86_400;
const all = questions(began, DAYS);
await measure('quiet');
void load(embedded.origin, {
  ...{ connections: 64, script: 'bench/support/visitors.lua', seconds: LOAD_SECONDS, key: 'other' },
}).catch(() => undefined);
await pause(3000);
await measure('64 connections sending');
console.log(
  `\nThe process of reports held ${whole((await embedded.metric('kmq_reports_memory_bytes')) / 2 ** 20)} MiB at the end, ` +
    `the collector ${whole(residentMemory(embedded.pid))}.`,
);
process.exit(0);

function fill(where) {
  const began = performance.now();
  const program = join(import.meta.dirname, 'support/reports-fill.js');
  execFileSync(process.execPath, [program, total, ...where], { stdio: 'inherit' });
  console.error(`filled in ${secondsSince(began).toFixed(1)} s`);
}

function rate(seconds) {
  return `${seconds.toFixed(0)} s, ${whole(total / seconds)} hits/s`;
}

async function build() {
  const began = performance.now();
  await until(() => embedded.isReady());
  const built = performance.now();
  if (total < REWRITTEN_HITS) return { seconds: (built - began) / 1000, sorted: 0 };
  let size;
  // The file is smaller after it was written again.
  const before = statSync(file).size;
  for (let same = 0; same < 20; await pause(500)) {
    const now = statSync(file).size;
    same = now === size && now < before ? same + 1 : 0;
    size = now;
  }
  const sorted = performance.now() - 10_000;
  return { seconds: (built - began) / 1000, sorted: (sorted - built) / 1000 };
}

/** Asks each question at all of them in turns, so that other load of the machine affects them alike. */
async function measure(when) {
  console.log(
    `\n| ${when}, ms | embedded | asked again | kmq on ClickHouse | plain table | embedded / plain | on ClickHouse / embedded |`,
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  for (const { name, kind, question, statement } of all) {
    const [own, again, onClickHouse, plain] = [[], [], [], []];
    const sql = (typeof statement === 'string' ? statement : statement(properties)).replaceAll(
      'FROM hits',
      'FROM bench.hits',
    );
    for (let round = 0; round < rounds; round++) {
      const words = inOtherWords(question);
      own.push(await timed(() => embedded.answered(kind, words)));
      again.push(await timed(() => embedded.answered(kind, words)));
      onClickHouse.push(await timed(() => collector.answered(kind, words)));
      plain.push(await timed(() => clickHouse.ask(sql)));
    }
    const [first, second, third, fourth] = [own, again, onClickHouse, plain].map(median);
    console.log(
      `| ${name} | ${whole(first)} | ${second.toFixed(1)} | ${whole(third)} | ${whole(fourth)} | ` +
        `${(first / fourth).toFixed(2)} | ${(third / first).toFixed(2)} |`,
    );
  }
}

/** Changes a question, so that its answer is as much work but not in the cache: more people of a list, or days in the future. */
function inOtherWords(question) {
  asked += 1;
  if (question.limit) return { ...question, limit: question.limit + asked };
  return { ...question, to: new Date((began + (DAYS + asked) * 86_400) * 1000).toISOString().slice(0, 10) };
}

async function timed(asking) {
  const began = performance.now();
  await asking();
  return performance.now() - began;
}
