import type { ClickHouseAddress } from './address.js';
import type { ReportTableName } from './report-tables.js';

/** The columns of a hit, as they are inserted. */
export const HIT_COLUMNS =
  'site, identity, sent, id, stamp, source, timed, kind, name, time, received, properties, warnings, agent';

/** The columns of a refused request, as they are inserted. */
export const REFUSAL_COLUMNS = 'key, stamp, source, received, reason, request';

const HIT_TYPES = `
  site String, identity String,
  sent Int64,          -- 0 if the hit has no _t
  id String,           -- "i" and the hit's own id, or "m" and an id that was made
  stamp UInt64,        -- when it was spooled, microseconds; counts up within a source
  source UInt32,       -- the spool
  timed UInt8,         -- 1 if the hit has a _t
  kind UInt8, name String, time Int64, received Int64,
  properties String,   -- JSON: [[name, value], …]
  agent UInt8,         -- its number in AGENTS, plus one; 0 if a version without agents has stored or spooled the hit
  warnings String`;

/** Above all stamps, which are safe integers. */
const TOP = Number.MAX_SAFE_INTEGER;

export interface TableDefinition {
  columns: string;
  engine: string;
  /** The expression that decides on the shard. */
  shard: string;
}

const FINE = 'SETTINGS index_granularity = 256';

/**
 * The tables, in SQL that ClickHouse 18.16 knows: no TTL, no DateTime64, no column codecs, no replication (which needs
 * ZooKeeper). All inserts may be repeated: rows with the same key are one row. If a hit arrived twice, the first row stays.
 */
export const TABLES = {
  /** The hits, sorted by identity, for reading a person. */
  hits: {
    columns: `${HIT_TYPES}, version UInt64 DEFAULT toUInt64(${TOP} - stamp)`,
    engine: 'ReplacingMergeTree(version) ORDER BY (site, identity, sent, id) SETTINGS index_granularity = 1024',
    shard: 'sipHash64(site, identity)',
  },
  /** The hits in the order of arrival, for Live and the export. */
  arrivals: {
    columns: HIT_TYPES,
    engine: 'ReplacingMergeTree ORDER BY (site, stamp, source)',
    shard: 'sipHash64(site, identity)',
  },
  identities: {
    columns: `
      site String, identity String,
      began AggregateFunction(min, UInt64),  -- twice the first stamp, plus one for the second identity of an alias
      seen AggregateFunction(max, Int64)     -- time of the latest event or property; 0 without any`,
    engine: `AggregatingMergeTree ORDER BY (site, identity) ${FINE}`,
    shard: 'sipHash64(site, identity)',
  },
  /** Aliases in both directions, and shortcuts, so that all identities of a person are found in few steps. */
  edges: {
    columns: 'site String, one String, other String',
    engine: `ReplacingMergeTree ORDER BY (site, one, other) ${FINE}`,
    shard: 'sipHash64(site, one)',
  },
  refusals: {
    columns: 'key String, stamp UInt64, source UInt32, received Int64, reason String, request String',
    engine: 'ReplacingMergeTree ORDER BY (key, stamp, source)',
    shard: 'sipHash64(key)',
  },
  /** Up to which stamp all rows of a spool are inserted. */
  progress: {
    columns: 'source UInt32, stamp UInt64',
    engine: 'ReplacingMergeTree(stamp) ORDER BY source',
    shard: 'source',
  },
} satisfies Record<string, TableDefinition>;

export type TableName = keyof typeof TABLES;

/**
 * Materialized views, which derive rows from hits while they are inserted. A view whose columns change gets another name, and its
 * old name is added to RETIRED_VIEWS (migration.ts).
 */
export const VIEWS: Record<string, [into: TableName, select: string]> = {
  hits_to_arrivals_2: ['arrivals', `SELECT ${HIT_COLUMNS} FROM {hits}`],
  hits_to_identities: [
    'identities',
    `SELECT site, identity, minState(toUInt64(stamp * 2)) AS began, maxState(toInt64(if(kind = 2, 0, time))) AS seen
     FROM {hits} GROUP BY site, identity`,
  ],
  aliases_to_identities: [
    'identities',
    `SELECT site, name AS identity, minState(toUInt64(stamp * 2 + 1)) AS began, maxState(toInt64(0)) AS seen
     FROM {hits} WHERE kind = 2 GROUP BY site, name`,
  ],
  aliases_to_edges: ['edges', 'SELECT site, identity AS one, name AS other FROM {hits} WHERE kind = 2'],
  aliases_to_edges_back: ['edges', 'SELECT site, name AS one, identity AS other FROM {hits} WHERE kind = 2'],
};

/** The names of the tables in a ClickHouse: those of a single node, and those over all nodes. */
export class Tables {
  readonly database: string;
  /** The cluster over whose nodes the tables are distributed; undefined for a single node. */
  readonly cluster: string | undefined;

  constructor({ database, cluster }: ClickHouseAddress) {
    this.database = database;
    this.cluster = cluster;
  }

  local(table: string): string {
    return `${this.database}.${table}`;
  }

  all(table: TableName | ReportTableName): string {
    return this.local(this.cluster === undefined ? table : `all_${table}`);
  }
}

/** The columns of a table without the comments of this file. */
export function plain(columns: string): string {
  return columns.replace(/--.*$/gm, '');
}

/** The engine of a table that has the rows of all nodes. @param shard the expression that decides on the node of a row */
export function spreadOver({ database }: Tables, cluster: string, name: string, shard: string): string {
  return `Distributed('${cluster}', '${database}', '${name}', ${shard})`;
}
