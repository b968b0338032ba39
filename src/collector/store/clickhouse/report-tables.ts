import { crc32 } from 'node:zlib';
import type { TableDefinition } from './tables.js';

/** The number of columns, each a map, among which the properties of hits are divided. A question about one property reads one column. */
const COLUMNS = 16;

export const VALUE_COLUMNS: readonly string[] = Array.from({ length: COLUMNS }, (_, index) => `m${index}`);

/** The column with the values of a property, by its folded name: nobody has to be asked for it. */
export function columnOf(folded: string): string {
  return VALUE_COLUMNS[crc32(folded) % COLUMNS]!;
}

/** The number of that column, in SQL. */
export const columnNumberIn = (folded: string): string => `CRC32(${folded}) % ${COLUMNS}`;

/** Bits of `marks`, one for each way to count: an event with it repeats another one. */
export const REPEATS_ANY = 1;
export const REPEATS_ONE_WITHOUT_ID = 2;

const VALUES = VALUE_COLUMNS.map((name) => `${name} Map(LowCardinality(String), String)`).join(', ');

/**
 * The tables of reports, on servers from 24.8 on. They are filled from the others (report-filler.ts), and can be thrown away: then they
 * are filled anew.
 *
 * Sites, events and properties stand in them by their names, folded as `foldedName` does; identities and people by numbers that are made
 * of their names, so that no collector has to ask another one for them. A person has the smallest number of their identities.
 */
export const REPORT_TABLES = {
  /** Events and properties, as questions read them. Nearly each question is for one event, and some days. */
  report_hits: {
    columns: `
      site LowCardinality(String),
      event LowCardinality(String),  -- empty where there is none
      time Int64 CODEC(Delta, LZ4),
      hit UInt64 CODEC(Delta, LZ4),  -- its stamp, and 12 bits of its source: (time, hit) is the order of hits
      identity UInt64,
      person UInt64,                 -- to whom the identity belonged when this row was written
      agent UInt8,                   -- its number in AGENTS
      marks UInt8,                   -- which events it repeats
      ${VALUES},                     -- values by names of properties
      INDEX hits hit TYPE minmax GRANULARITY 1`,
    engine: 'ReplacingMergeTree ORDER BY (site, event, time, hit)',
    shard: 'person',
  },
  /** What tells a hit that came again, and an event that repeats another one, in the order of what both were sent with. */
  report_seen: {
    columns: `
      site LowCardinality(String),
      sent Int64 CODEC(Delta, LZ4),
      same UInt64,                   -- of (identity, id)
      echo UInt64,                   -- of (identity, event); 0 for what can repeat nothing
      hit UInt64 CODEC(Delta, LZ4),
      marks UInt8, bare UInt8        -- 1 where it came without an id`,
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
  /** Who a person of older rows is now: without chains, and until it is written into the rows. */
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
  /** Up to which stamp the hits of a spool are in, and when they were brought in. */
  report_progress: {
    columns: 'source UInt32, minute UInt32, stamp UInt64',
    engine: 'ReplacingMergeTree(stamp) ORDER BY (source, minute)',
    shard: 'source',
  },
  /** Collectors that can fill the tables. The one that has waited longest does. */
  report_fillers: {
    columns: `
      filler UInt32,
      since UInt64, at UInt64,                 -- milliseconds by the clock of ClickHouse; since is 0 for one that has left
      as_of UInt64,                            -- up to when hits are in, Unix seconds; 0 before all are that were there
      progress Float64`,
    engine: 'ReplacingMergeTree(at) ORDER BY filler',
    shard: 'filler',
  },
  /** The time of the last removal, in a row that later ones replace. A question that ran during one is asked again. */
  report_removals: {
    columns: 'one UInt8, removal UInt64',
    engine: 'ReplacingMergeTree(removal) ORDER BY one',
    shard: 'removal',
  },
} satisfies Record<string, TableDefinition>;

export type ReportTableName = keyof typeof REPORT_TABLES;
