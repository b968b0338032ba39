import { describe, expect, test } from 'vitest';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { resolve } from '../../src/cli/resolve.js';
import { clickHouseOfTest, findClickHouseServer } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { proxyOf, type Refusal } from '../reports/clickhouse-proxy.js';

const doctor = async (store: string): Promise<string[]> =>
  (await examineClickHouse(resolve({ store }, {}).settings)).map(({ level, says }) => `${level} ${says}`);

/** As ClickHouse answers a user without a right: https://clickhouse.com/docs/sql-reference/statements/grant */
const denied = (right: string): Refusal => ({
  status: 403,
  body: `Code: 497. DB::Exception: kmq: Not enough privileges. To execute this query, it's necessary to have the grant ${right}. (ACCESS_DENIED) (version 26.7.1.1)\n`,
});

// 18.16 has no GRANT, so a proxy answers as a later version does.
describe.skipIf(!findClickHouseServer())('kmq doctor', () => {
  test.each<[what: string, statement: RegExp, grant: string, isOnCluster?: boolean]>([
    ['may not read system.processes', /FROM system\.processes/, 'SELECT ON system.processes'],
    ['may not read system.mutations', /FROM system\.mutations/, 'SELECT ON system.mutations'],
    ['may not read system.settings', /FROM system\.settings/, 'SELECT ON system.settings'],
    [
      'may read neither',
      /FROM system\.(mutations|processes)/,
      'SELECT ON system.mutations, SELECT ON system.processes',
    ],
    ['may not read system.clusters', /FROM system\.clusters/, 'SELECT ON system.clusters', true],
    ['may not reach other nodes', /cluster\w*\(/, 'REMOTE ON *.*', true],
  ])('names the right if a user %s', async (_, statement, grant, isOnCluster = false) => {
    const tcpPort = await freePort();
    const server = await clickHouseOfTest({ tcpPort, shards: [tcpPort] });
    const without = await proxyOf(
      `${server.url()}${isOnCluster ? '?cluster=shards' : ''}`,
      () => undefined,
      (sent) => (statement.test(sent) ? denied('of the test') : sent),
    );
    expect(await doctor(without.url)).toEqual([
      expect.stringMatching(/^note Version 18\.16/),
      `fault The user default does not have all rights that a collector needs: run GRANT ${grant} TO \`default\`.`,
    ]);
  });

  test('finds nothing about rights on a cluster that it can read, and asks later versions for REMOTE', async () => {
    const ports = [await freePort(), await freePort()];
    const servers = await Promise.all(ports.map((tcpPort) => clickHouseOfTest({ tcpPort, shards: ports })));
    const url = `clickhouse://default@${servers.map(({ host }) => host).join()}/kmq?cluster=shards`;
    expect(await doctor(url)).toEqual([expect.stringMatching(/^note Version 18\.16/)]);
    const proxy = await proxyOf(
      `clickhouse://default@${servers[0]!.host}/kmq?cluster=shards`,
      () => undefined,
      (sent) => (sent.startsWith('CHECK GRANT REMOTE') ? 'SELECT 0' : sent),
    );
    expect(await doctor(proxy.url)).toContainEqual(expect.stringContaining('run GRANT REMOTE ON *.* TO `default`.'));
  });

  test('says if ClickHouse does not know the cluster of the URL', async () => {
    const tcpPort = await freePort();
    const server = await clickHouseOfTest({ tcpPort, shards: [tcpPort] });
    expect(await doctor(`${server.url()}?cluster=shard`)).toContainEqual(
      expect.stringMatching(/^fault ClickHouse does not know the cluster shard, .*remote_servers/),
    );
    expect(await doctor(`${server.url()}?cluster=shards`)).toHaveLength(1);
  });
});
