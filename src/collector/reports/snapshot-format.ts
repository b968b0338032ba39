/** A site's events, people and identities as Parquet files, in one state: what an owner's own SQL works on, and what is exported. */

/** The tables of a snapshot; each is a file of this name with `.parquet`. */
export const SNAPSHOT_TABLES = ['events', 'people', 'identities'] as const;

export type SnapshotTable = (typeof SNAPSHOT_TABLES)[number];

/** Columns of `events` that are not properties. A property of such a name has none of its own. */
export const EVENT_COLUMNS = ['person', 'identity', 'event', 'time', 'hit', 'agent', 'properties'] as const;

/** Properties that get columns of their own in the view `events`. */
export const PROPERTY_COLUMNS = 500;

/** What a command asks for. */
export interface SnapshotRequest {
  key: string;
  /** Of the folder that the command has made. */
  folder: string;
  tables: readonly SnapshotTable[];
}

export interface Snapshot {
  /** Up to when hits are in it, Unix seconds. */
  asOf: number;
  /** How many are in `events`. */
  hits: number;
  /** Properties that are in the map `properties` alone and could have columns, those that most hits carry first. */
  inMap: string[];
}

/** What writes snapshots: the engine, in whichever process that is. */
export interface SnapshotWriter {
  /** @param signal ends the work @throws NoReport where there is none yet, or no room for one */
  snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot>;
}

/** The name of a table's file. */
export const snapshotFile = (table: SnapshotTable): string => `${table}.parquet`;

/**
 * Whether a property may have a column of its own: DuckDB knows no empty name, and compares names of columns without regard to the case
 * of ASCII letters.
 */
export function canBeColumn(property: string): boolean {
  return (
    property !== '' &&
    !property.includes('\0') &&
    !(EVENT_COLUMNS as readonly string[]).includes(property.toLowerCase())
  );
}
