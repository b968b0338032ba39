type Value = string | number | bigint | null | Uint8Array;
export type Row = Record<string, Value>;

/** What the store uses of Node's SQLite (https://nodejs.org/api/sqlite.html). */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  /** Gives this connection a function for its SQL. */
  function(name: string, options: { deterministic: boolean }, run: (...values: Value[]) => Value): void;
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

/** Opens a database file, which is made where it is missing. @throws SQLite's errors */
export function openDatabase(file: string): Database {
  return new DatabaseSync(file);
}

/** Node 22 warns that its SQLite is experimental: an owner can do nothing about it. Node 26 says nothing. */
function loadSqlite(): { DatabaseSync: new (file: string) => Database } {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
