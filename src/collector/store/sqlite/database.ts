import { createRequire } from 'node:module';

type Value = string | number | bigint | null | Uint8Array;
export type Row = Record<string, Value>;

/** What the store uses of SQLite: the part that Node's own module and better-sqlite3 have in common. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...parameters: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...parameters: Value[]): unknown;
  all(...parameters: Value[]): unknown[];
  iterate(...parameters: Value[]): IterableIterator<unknown>;
}

/** How long a statement waits for another process that holds the file, in milliseconds. */
export const BUSY_TIMEOUT = 1000;

const require = createRequire(import.meta.url);

/**
 * Opens a database file. Node has had SQLite of its own since 22.13; for Node 20 there is better-sqlite3,
 * an optional dependency since newer Nodes need nothing installed.
 */
export function openDatabase(file: string): Database {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) {
    const { DatabaseSync } = require('node:sqlite') as { DatabaseSync: new (file: string) => Database };
    return new DatabaseSync(file);
  }
  let BetterSqlite: new (file: string) => Database;
  try {
    BetterSqlite = require('better-sqlite3') as typeof BetterSqlite;
  } catch (error) {
    throw new Error(
      'Node older than 22.13 needs better-sqlite3, which could not be loaded: run “npm rebuild better-sqlite3”, or take a newer Node.',
      { cause: error },
    );
  }
  return new BetterSqlite(file);
}
