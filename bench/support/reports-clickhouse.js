import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { installChdb, startChdb } from '../../test/support/chdb/start.ts';
import { until } from './figures.js';
import { secondsSince, startReports } from './reports-collector.js';
import { LARGE } from './year-people.js';

/** For so many seconds after a start of ClickHouse, a collector may copy the latest hits once more. */
const SETTLED_SECONDS = 125;

/** ClickHouse 26 on a folder. */
export async function startClickHouse(folder, threads) {
  installChdb();
  const { port } = await startChdb(folder);
  const ask = async (statement) => {
    const address = `http://127.0.0.1:${port}/?max_threads=${threads}&default_format=JSONCompactEachRow`;
    const response = await fetch(address, { method: 'POST', body: statement });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${answer}\n${statement}`);
    return answer;
  };
  const one = async (query) => JSON.parse(await ask(`SELECT * FROM (${query})`))[0];
  return { ask, one, url: `clickhouse://127.0.0.1:${port}/kmq` };
}

/**
 * A collector whose hits are in ClickHouse, when its tables of reports have all of them and ClickHouse does nothing else any more.
 * @returns how many seconds that took: until all hits were copied, and until ClickHouse had merged its parts
 */
export async function startReportsOn({ one, url }, options) {
  const began = performance.now();
  const collector = await startReports({ ...options, store: url });
  const isTrue = async (condition) => Number(await one(`SELECT ${condition}`)) === 1;
  const last = (table) => `(SELECT sum(stamp) FROM (SELECT max(stamp) AS stamp FROM kmq.${table} GROUP BY source))`;
  const hasAll = `${last('progress')} = ${last('report_progress')}`;
  await until(() => isTrue(hasAll));
  const filled = secondsSince(began);
  await until(() => collector.isReady());
  const isWorking = '(SELECT count() FROM system.merges) + (SELECT countIf(is_done = 0) FROM system.mutations)';
  const isSettled = `(SELECT max(as_of) FROM kmq.report_fillers) > toUnixTimestamp(now()) - uptime() + ${SETTLED_SECONDS}`;
  let quiet = 0;
  await until(async () => {
    quiet = (await isTrue(`${hasAll} AND ${isSettled} AND ${isWorking} = 0`)) ? quiet + 1 : 0;
    return quiet > 25;
  });
  return { collector, filled, settled: secondsSince(began) };
}

/** Bytes on disk of some tables. @param which a condition in SQL */
export function bytesOf({ one }, which) {
  return one(`SELECT toFloat64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = 'kmq' AND ${which}`);
}

/**
 * Copies the rows of the embedded store's reports into a table of a column for each property, by a Parquet file.
 * @returns the names of the properties
 */
export async function fillPlainTable({ ask }, data, folder) {
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
  const names = rows.map(([name]) => name);
  await ask('DROP DATABASE IF EXISTS bench');
  await ask('CREATE DATABASE bench');
  await ask(
    `CREATE TABLE bench.hits (person UInt32, event LowCardinality(String), time Int64, hit UInt64, agent UInt8,
       ${names.map((name) => `\`${name}\` Nullable(String)`).join(', ')})
     ENGINE = MergeTree ORDER BY (event, time)`,
  );
  await ask(`INSERT INTO bench.hits SELECT * FROM file('${file}', Parquet)`);
  await ask('OPTIMIZE TABLE bench.hits FINAL');
  return names;
}
