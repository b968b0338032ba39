import type { Database, Statement } from '../sqlite/database.js';

/** How many identities each person has. A trigger of the database subtracts removed ones (schema.ts). */
export class PersonSizes {
  private readonly find: Statement;
  private readonly set: Statement;
  private readonly drop: Statement;

  constructor(db: Database) {
    this.find = db.prepare('SELECT identities FROM people WHERE person = ?');
    this.set = db.prepare(
      'INSERT INTO people (person, identities) VALUES (?, ?) ON CONFLICT DO UPDATE SET identities = excluded.identities',
    );
    this.drop = db.prepare('DELETE FROM people WHERE person = ?');
  }

  of(person: number): number {
    return (this.find.get(person) as { identities: number } | undefined)?.identities ?? 1;
  }

  /** Call it after a merge. @param identities how many the merged person has now */
  merged(person: number, into: number, identities: number): void {
    this.set.run(into, identities);
    this.drop.run(person);
  }
}
