import type { DuckDBConnection } from '@duckdb/node-api';
import sql, { raw, type Sql } from 'sql-template-tag';
import { runQuery } from './values.js';

/**
 * Sets of people that a question needs more than once: those of its filter are needed by each of its queries, by some of them several
 * times. Each is found once and kept in a temporary table, which ends with the connection.
 */
export class KeptPeople {
  private readonly names = new Map<string, string>();
  private readonly waiting: Sql[] = [];

  constructor(private readonly connection: DuckDBConnection) {}

  /** @param people a query with one column `person` @returns another one for the same people, for queries that run behind `find` */
  readonly keep = (people: Sql): Sql => {
    const said = JSON.stringify([people.sql, people.values]);
    const known = this.names.get(said);
    const name = known ?? `people${this.names.size}`;
    if (known === undefined) {
      this.names.set(said, name);
      this.waiting.push(sql`CREATE TEMP TABLE ${raw(name)} AS ${people}`);
    }
    return sql`SELECT person FROM ${raw(`temp.${name}`)}`;
  };

  /** Finds the people who are not known yet. A set may be made of those before it. @throws the reason for which it has to end */
  async find(ended: AbortSignal): Promise<void> {
    for (const query of this.waiting.splice(0)) {
      ended.throwIfAborted();
      await runQuery(this.connection, query);
    }
  }
}
