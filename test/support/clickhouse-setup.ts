import type { TestProject } from 'vitest/node';
import { installChdb } from './chdb/start.js';
import { findClickHouse, ON_CHDB, startClickHouse } from './clickhouse.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `clickhouse://…/`, without a database; absent if there is no ClickHouse. */
    clickHouse: string | undefined;
  }
}

/** Before the tests that run on both stores: one server for all of them. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (ON_CHDB) installChdb();
  if (!findClickHouse()) {
    provide('clickHouse', undefined);
    return async () => {};
  }
  const server = await startClickHouse();
  provide('clickHouse', server.url(''));
  return () => server.stop();
}
