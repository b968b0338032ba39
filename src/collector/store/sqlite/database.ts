type Value = string | number | bigint | null | Uint8Array;
export type Row = Record<string, Value>;

/** The methods of Node's SQLite that the store uses (https://nodejs.org/api/sqlite.html). */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  /** Adds a function of one value to this connection's SQL. Its result must depend only on the value. */
  function(name: string, options: { deterministic: true }, of: (value: Value) => Value): void;
  close(): void;
}

export interface Statement {
  run(...parameters: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...parameters: Value[]): unknown;
  all(...parameters: Value[]): unknown[];
  iterate(...parameters: Value[]): IterableIterator<unknown>;
}

/** How long a statement waits for another process that holds the file. */
export const BUSY_TIMEOUT_MS = 1000;

const { DatabaseSync } = loadSqlite();

/** Opens a database file, and makes it if it is missing. @throws SQLite's errors */
export function openDatabase(file: string): Database {
  return new DatabaseSync(file);
}

/** Loads Node's SQLite without the warning of Node 22 that it is experimental, about which an owner can do nothing. */
function loadSqlite(): { DatabaseSync: new (file: string) => Database } {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
