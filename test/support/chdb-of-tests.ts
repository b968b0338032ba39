import { afterAll } from 'vitest';
import { installChdb, startChdb } from './chdb/start.js';
import { temporaryFolder } from './collector.js';

const PASSWORD = 'of tests';

/** A current ClickHouse until the tests of a file are over. @returns its URL, `clickhouse://…`, without a database */
export async function chdbOfTests(): Promise<string> {
  installChdb();
  const server = await startChdb(await temporaryFolder(), 0, PASSWORD);
  afterAll(() => server.kill());
  return `clickhouse://default:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}`;
}
