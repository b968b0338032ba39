import sql, { raw, type Sql } from 'sql-template-tag';

/**
 * Sets of people that a question needs more than once: each of its queries needs the people of its filter, and some queries need
 * them several times. Each set is computed once and stored in a temporary table.
 */
export class KeptSets {
  private readonly names = new Map<string, string>();
  private readonly waiting: Sql[] = [];

  /** @param run runs a statement @param schema of temporary tables, with a point */
  constructor(
    private readonly run: (statement: Sql) => Promise<void>,
    private readonly schema = '',
  ) {}

  /** @param people a query with one column `person` @returns another query for the same people, valid after `find` */
  readonly keep = (people: Sql): Sql => {
    const said = JSON.stringify([people.sql, people.values]);
    const known = this.names.get(said);
    const name = known ?? `people${this.names.size}`;
    if (known === undefined) {
      this.names.set(said, name);
      this.waiting.push(sql`CREATE TEMPORARY TABLE ${raw(name)} AS ${people}`);
    }
    return sql`SELECT person FROM ${raw(this.schema + name)}`;
  };

  /** Computes new sets in their order, since a set may use earlier ones. @throws the reason of the signal */
  async find(ended: AbortSignal): Promise<void> {
    for (const statement of this.waiting.splice(0)) {
      ended.throwIfAborted();
      await this.run(statement);
    }
  }

  /** The names of the tables. */
  get tables(): string[] {
    return [...this.names.values()];
  }
}
