import { crc32 } from 'node:zlib';
import type { TableDefinition } from './tables.js';

/** Properties are divided among so many columns, each a map. A question about one property reads one column. */
const COLUMNS = 16;

export const VALUE_COLUMNS: readonly string[] = Array.from({ length: COLUMNS }, (_, index) => `m${index}`);

/** The column with the values of a property, computed from its folded name without a lookup. */
export function columnOf(folded: string): string {
  return VALUE_COLUMNS[crc32(folded) % COLUMNS]!;
}

/** The number of that column, in SQL. */
export const columnNumberIn = (folded: string): string => `CRC32(${folded}) % ${COLUMNS}`;

/** Bits of `marks`, one for each way to count. If the bit is set, the event repeats another one. */
export const REPEATS_ANY = 1;
export const REPEATS_ONE_WITHOUT_ID = 2;

const VALUES = VALUE_COLUMNS.map((name) => `${name} Map(LowCardinality(String), String)`).join(', ');

/**
 * The tables of reports, on servers from 24.8 on. They are filled from the other tables (report-filler.ts). They can be deleted:
 * then they are filled again.
 *
 * Sites are stored by key, events and properties by name, folded by `foldedName`. Identities and people are numbers, computed from
 * their names, so that collectors need not agree on them. A person's number is the smallest of their identities' numbers.
 */
export const REPORT_TABLES = {
  /** Events and properties, sorted for questions: nearly every question reads one event and some days. */
  report_hits: {
    columns: `
      site LowCardinality(String),
      event LowCardinality(String),  -- empty if the hit is no event
      time Int64 CODEC(Delta, LZ4),
      hit UInt64 CODEC(Delta, LZ4),  -- its stamp, and 12 bits of its source: (time, hit) is the order of hits
      identity UInt64,
      person UInt64,                 -- the person of the identity when this row was written
      agent UInt8,                   -- its number in AGENTS
      marks UInt8,                   -- whether it repeats another event, as bits
      ${VALUES},                     -- values by names of properties
      INDEX hits hit TYPE minmax GRANULARITY 1`,
    engine: 'ReplacingMergeTree ORDER BY (site, event, time, hit)',
    shard: 'person',
  },
  /** To find hits that arrived again and events that repeat others, sorted by the fields that these have in common. */
  report_seen: {
    columns: `
      site LowCardinality(String),
      sent Int64 CODEC(Delta, LZ4),
      same UInt64,                   -- hash of (identity, id)
      echo UInt64,                   -- hash of (identity, event); 0 for a hit that can repeat nothing
      hit UInt64 CODEC(Delta, LZ4),
      marks UInt8, bare UInt8,       -- 1 where it came without an id
      INDEX hits hit TYPE minmax GRANULARITY 1`,
    engine: 'ReplacingMergeTree ORDER BY (site, sent, same, hit) SETTINGS index_granularity = 1024',
    shard: 'same',
  },
  report_identities: {
    columns: `
      site LowCardinality(String), identity UInt64,
      name SimpleAggregateFunction(any, String),
      began SimpleAggregateFunction(min, UInt64)  -- as in the table identities`,
    engine: 'AggregatingMergeTree ORDER BY (site, identity) SETTINGS index_granularity = 1024',
    shard: 'identity',
  },
  /** The person of each identity that is in an alias. */
  report_people: {
    columns: 'site LowCardinality(String), identity UInt64, person SimpleAggregateFunction(min, UInt64)',
    engine: 'AggregatingMergeTree ORDER BY (site, identity) SETTINGS index_granularity = 256',
    shard: 'identity',
  },
  /** For a person in older rows, the person into whom they were merged, without chains; until that is written into the rows. */
  report_merges: {
    columns: 'site LowCardinality(String), person UInt64, "into" SimpleAggregateFunction(min, UInt64)',
    engine: 'AggregatingMergeTree ORDER BY (site, person)',
    shard: 'person',
  },
  /** The first spelling of each event and property. */
  report_names: {
    columns: `
      site LowCardinality(String),
      kind UInt8,                    -- 0 for an event, 1 for a property
      folded String, name String, version UInt64`,
    engine: 'ReplacingMergeTree(version) ORDER BY (site, kind, folded)',
    shard: 'sipHash64(site)',
  },
  /** Up to which stamp the hits of a spool are copied, and when that was. */
  report_progress: {
    columns: 'source UInt32, minute UInt32, stamp UInt64',
    engine: 'ReplacingMergeTree(stamp) ORDER BY (source, minute)',
    shard: 'source',
  },
  /** Collectors that can fill the tables. The one that has waited longest fills them. */
  report_fillers: {
    columns: `
      filler UInt32,
      since UInt64, at UInt64,                 -- milliseconds by the clock of ClickHouse; since is 0 for a collector that has stopped
      as_of UInt64,                            -- hits up to this time are copied, Unix seconds; 0 before all old hits are
      progress Float64`,
    engine: 'ReplacingMergeTree(at) ORDER BY filler',
    shard: 'filler',
  },
  /** One row with the time of the last removal. A question that ran during a removal is asked again. */
  report_removals: {
    columns: 'one UInt8, removal UInt64',
    engine: 'ReplacingMergeTree(removal) ORDER BY one',
    shard: 'removal',
  },
} satisfies Record<string, TableDefinition>;

export type ReportTableName = keyof typeof REPORT_TABLES;
