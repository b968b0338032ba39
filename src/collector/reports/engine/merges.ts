import { listValue, type DuckDBConnection } from '@duckdb/node-api';
import { appendRows, rowsOf } from './values.js';

/** The most merges in their own table. If there are more, they are written into the rows. */
const MOST_WAITING = 5000;

/** Two identities that an alias has merged, by their numbers. */
export interface Alias {
  identities: [number, number];
  /** Their present person. */
  person: number;
}

/**
 * The merges of people. A person is a number that the store gives to a set of identities. When two people are merged, the number
 * of the smaller set is never used again. So pairs of (old number, present number) are enough to read older rows, in any order.
 */
export class Merges {
  /** From numbers in rows to later numbers. In memory there may be chains, in the table there are none. */
  private into = new Map<number, number>();

  async load(connection: DuckDBConnection): Promise<void> {
    const rows = await rowsOf(connection, 'SELECT person, "into" FROM merges');
    this.into = new Map(rows.map(({ person, into }) => [person as number, into as number]));
  }

  /** The present person of a number. It also shortens the chain. */
  personNow(label: number): number {
    let person = label;
    for (let next; (next = this.into.get(person)) !== undefined;) person = next;
    for (let at = label; at !== person;) {
      const next = this.into.get(at)!;
      this.into.set(at, person);
      at = next;
    }
    return person;
  }

  /** Notes the merges of aliases; part of the transaction with their hits, whose identities are written already. */
  async note(connection: DuckDBConnection, aliases: readonly Alias[]): Promise<void> {
    if (!aliases.length) return;
    const numbers = [...new Set(aliases.flatMap(({ identities }) => identities))];
    const rows = await rowsOf(
      connection,
      'SELECT identity, person FROM identities WHERE identity IN (SELECT unnest($1::INTEGER[]))',
      [listValue(numbers)],
    );
    const labels = new Map(rows.map(({ identity, person }) => [identity as number, person as number]));
    const pairs = aliases.flatMap(({ identities, person }) =>
      identities.map((identity): [number, number] => [labels.get(identity) ?? person, person]),
    );
    await this.relabel(connection, pairs);
  }

  /** Notes that people have new numbers; part of a transaction. */
  async relabel(connection: DuckDBConnection, pairs: readonly [label: number, person: number][]): Promise<void> {
    let changed = false;
    for (const [label, person] of pairs) {
      const known = this.personNow(label);
      const now = this.personNow(person);
      if (known === now) continue;
      changed = true;
      this.into.set(known, now);
    }
    if (!changed) return;
    await connection.run('DELETE FROM merges');
    await appendRows(connection, 'merges', this.into.keys(), (appender, label) => {
      appender.appendInteger(label);
      appender.appendInteger(this.personNow(label));
    });
    if (this.into.size > MOST_WAITING) await this.fold(connection);
  }

  /** Writes the merges into the rows; part of a transaction. */
  async fold(connection: DuckDBConnection): Promise<void> {
    for (const table of ['hits', 'identities']) {
      await connection.run(`UPDATE ${table} SET person = m."into" FROM merges m WHERE ${table}.person = m.person`);
    }
    await connection.run('DELETE FROM merges');
    this.into.clear();
  }
}
