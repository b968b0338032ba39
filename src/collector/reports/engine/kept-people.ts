import type { DuckDBConnection } from '@duckdb/node-api';
import sql, { raw, type Sql } from 'sql-template-tag';
import { runQuery } from './values.js';

/**
 * Sets of people that a question needs more than once: each of its queries needs the people of its filter, some of them several
 * times. Each set is computed once and stored in a temporary table, which is dropped with the connection.
 */
export class KeptPeople {
  private readonly names = new Map<string, string>();
  private readonly waiting: Sql[] = [];

  constructor(private readonly connection: DuckDBConnection) {}

  /** @param people a query with one column `person` @returns another query for the same people, valid after `find` */
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

  /** Computes new sets in their order, since a set may use earlier ones. @throws the reason of the signal */
  async find(ended: AbortSignal): Promise<void> {
    for (const query of this.waiting.splice(0)) {
      ended.throwIfAborted();
      await runQuery(this.connection, query);
    }
  }
}
