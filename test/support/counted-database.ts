import type { Database } from '../../src/collector/store/sqlite/database.js';

export interface Counts {
  statements: number;
  transactions: number;
  /** The most rows that one transaction has deleted. */
  mostChanges: number;
  /** Rows that `all` returned. */
  rows: number;
}

/** A database that counts what is executed by `run`, `get` and `all`. */
export function counted(db: Database): Database & Counts {
  let changes = 0;
  const result = {
    statements: 0,
    transactions: 0,
    mostChanges: 0,
    rows: 0,
    exec: (sql: string) => db.exec(sql),
    function: db.function.bind(db),
    close: () => db.close(),
    prepare(sql: string) {
      const statement = db.prepare(sql);
      const count = (found: number): void => {
        result.statements += 1;
        if (/^\s*BEGIN/.test(sql)) {
          result.transactions += 1;
          changes = 0;
        }
        if (/^\s*DELETE/.test(sql)) changes += found;
        result.mostChanges = Math.max(result.mostChanges, changes);
      };
      return {
        run: (...values: never[]) => {
          const done = statement.run(...values);
          count(Number(done.changes));
          return done;
        },
        get: (...values: never[]) => (count(0), statement.get(...values)),
        all: (...values: never[]) => {
          const found = statement.all(...values);
          result.rows += found.length;
          count(found.length);
          return found;
        },
        iterate: (...values: never[]) => statement.iterate(...values),
      };
    },
  };
  return result;
}
