/**
 * A snapshot: a site's events, people and identities as Parquet files, all of the same state. It is for an owner's SQL and for
 * exports.
 */

/** The tables of a snapshot; each is a file of this name with `.parquet`. */
export const SNAPSHOT_TABLES = ['events', 'people', 'identities'] as const;

export type SnapshotTable = (typeof SNAPSHOT_TABLES)[number];

/** Columns of `events` that are not properties. A property with such a name gets no column. */
export const EVENT_COLUMNS = ['person', 'identity', 'event', 'time', 'hit', 'agent', 'properties'] as const;

/** The most properties that get separate columns in the view `events`. */
export const PROPERTY_COLUMNS = 500;

/** A command's request for a snapshot. */
export interface SnapshotRequest {
  key: string;
  /** The name of the folder that the command has made. */
  folder: string;
  tables: readonly SnapshotTable[];
}

export interface Snapshot {
  /** It contains the hits up to this time, Unix seconds. */
  asOf: number;
  /** How many rows are in `events`. */
  hits: number;
  /** Properties that are only in the map `properties` and could have columns, the most frequent first. */
  inMap: string[];
}

/** Writes snapshots, in whichever process the engine runs. */
export interface SnapshotWriter {
  /** @param signal ends the work @throws NoReport if reports are not built yet, or the disk has too little space */
  snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot>;
}

/** The name of a table's file. */
export const snapshotFile = (table: SnapshotTable): string => `${table}.parquet`;

/**
 * Whether a property can have its own column. DuckDB allows no empty name, and ignores the case of ASCII letters in names of
 * columns.
 */
export function canBeColumn(property: string): boolean {
  return (
    property !== '' &&
    !property.includes('\0') &&
    !(EVENT_COLUMNS as readonly string[]).includes(property.toLowerCase())
  );
}
