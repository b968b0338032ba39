import type { TestClickHouse } from './clickhouse.js';

/*
 * The statements of the version that stored no agents in ClickHouse. Tests open a current store on the tables of that version, also
 * while a collector of that version runs.
 */

const HIT_TYPES = `site String, identity String, sent Int64, id String, stamp UInt64, source UInt32, timed UInt8, kind UInt8,
  name String, time Int64, received Int64, properties String, warnings String`;

const HIT_COLUMNS = 'site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings';

const TABLES: Record<string, [columns: string, engine: string, shard: string]> = {
  hits: [
    `${HIT_TYPES}, version UInt64 DEFAULT toUInt64(9007199254740991 - stamp)`,
    'ReplacingMergeTree(version) ORDER BY (site, identity, sent, id) SETTINGS index_granularity = 1024',
    'sipHash64(site, identity)',
  ],
  arrivals: [HIT_TYPES, 'ReplacingMergeTree ORDER BY (site, stamp, source)', 'sipHash64(site, identity)'],
  identities: [
    'site String, identity String, began AggregateFunction(min, UInt64), seen AggregateFunction(max, Int64)',
    'AggregatingMergeTree ORDER BY (site, identity) SETTINGS index_granularity = 256',
    'sipHash64(site, identity)',
  ],
  edges: [
    'site String, one String, other String',
    'ReplacingMergeTree ORDER BY (site, one, other) SETTINGS index_granularity = 256',
    'sipHash64(site, one)',
  ],
  refusals: [
    'key String, stamp UInt64, source UInt32, received Int64, reason String, request String',
    'ReplacingMergeTree ORDER BY (key, stamp, source)',
    'sipHash64(key)',
  ],
  progress: ['source UInt32, stamp UInt64', 'ReplacingMergeTree(stamp) ORDER BY source', 'source'],
};

const VIEWS: Record<string, [into: string, select: (hits: string) => string]> = {
  hits_to_arrivals: ['arrivals', (hits) => `SELECT ${HIT_COLUMNS} FROM ${hits}`],
  hits_to_identities: [
    'identities',
    (hits) => `SELECT site, identity, minState(toUInt64(stamp * 2)) AS began,
      maxState(toInt64(if(kind = 2, 0, time))) AS seen FROM ${hits} GROUP BY site, identity`,
  ],
  aliases_to_identities: [
    'identities',
    (hits) => `SELECT site, name AS identity, minState(toUInt64(stamp * 2 + 1)) AS began, maxState(toInt64(0)) AS seen
      FROM ${hits} WHERE kind = 2 GROUP BY site, name`,
  ],
  aliases_to_edges: ['edges', (hits) => `SELECT site, identity AS one, name AS other FROM ${hits} WHERE kind = 2`],
  aliases_to_edges_back: ['edges', (hits) => `SELECT site, name AS one, identity AS other FROM ${hits} WHERE kind = 2`],
};

/** The statements of a collector of that version at its start: it created the tables and views that were missing. */
export async function startOldVersion(servers: TestClickHouse[], database: string, cluster?: string): Promise<void> {
  const everywhere = async (statement: string): Promise<void> => {
    for (const server of servers) await server.ask(statement);
  };
  await everywhere(`CREATE DATABASE IF NOT EXISTS ${database}`);
  for (const [name, [columns, engine, shard]] of Object.entries(TABLES)) {
    await everywhere(`CREATE TABLE IF NOT EXISTS ${database}.${name} (${columns}) ENGINE = ${engine}`);
    if (cluster === undefined) continue;
    const spread = `Distributed('${cluster}', '${database}', '${name}', ${shard})`;
    await everywhere(`CREATE TABLE IF NOT EXISTS ${database}.all_${name} (${columns}) ENGINE = ${spread}`);
  }
  for (const [name, [into, select]] of Object.entries(VIEWS)) {
    await everywhere(
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${name} TO ${database}.${into} AS ${select(`${database}.hits`)}`,
    );
  }
}

/** A hit as that version inserted it; missing fields are those of an event. */
export type OldRow = { identity: string; id: string; stamp: number } & Record<string, string | number>;

const ROW = {
  ...{ site: 'site', sent: 1_400_000_000, source: 7, timed: 1, kind: 0, name: 'x', time: 1_400_000_000 },
  ...{ received: 1_400_000_060, properties: '[]', warnings: '[]' },
};

const AT_ONCE = { insert_distributed_sync: '1' };

/** Inserts hits as the spool of that version forwarded them: first the hits, and then the progress. */
export async function insertAsBefore(
  server: TestClickHouse,
  database: string,
  rows: OldRow[],
  cluster?: string,
): Promise<void> {
  const table = (name: string): string => `${database}.${cluster === undefined ? '' : 'all_'}${name}`;
  const lines = rows.map((row) => JSON.stringify({ ...ROW, ...row })).join('\n');
  const stamp = Math.max(...rows.map((row) => row.stamp));
  for (;;) {
    try {
      await server.ask(`INSERT INTO ${table('hits')} (${HIT_COLUMNS}) FORMAT JSONEachRow ${lines}`, AT_ONCE);
      await server.ask(`INSERT INTO ${table('progress')} (source, stamp) VALUES (${ROW.source}, ${stamp})`, AT_ONCE);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A refused request, as that version inserted it. */
export async function insertRefusalAsBefore(server: TestClickHouse, database: string, stamp: number): Promise<void> {
  await server.ask(`INSERT INTO ${database}.refusals (key, stamp, source, received, reason, request)
    VALUES ('site', ${stamp}, ${ROW.source}, 1400000060, '["no-person","person","_p"]', '/e?_k=site&_n=x')`);
}
