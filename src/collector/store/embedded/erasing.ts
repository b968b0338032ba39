import { readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';

/** The number that stands for no site and no person, for identities that are being erased. */
export const NOWHERE = 0;

/** An identity by its number, with its name. */
export interface NamedIdentity {
  id: number;
  identity: string;
}

interface ErasingRow {
  id: number;
  key: string;
  name: string;
}

/** A hidden identity. */
export interface HiddenIdentity {
  id: number;
  /** The same for all identities of a person. */
  person: string;
  /** The key of its site, and its former name; null if a collector of an older version has forgotten them. */
  key: string | null;
  name: string | null;
}

/** The number of identities that one query reads. */
const ROWS_AT_ONCE = 50;

/**
 * Identities of people who are being erased, with their names, until nothing is left of these people. The names are needed to find
 * refused requests that contain them, and for another request to erase the same person.
 */
export class Erasing {
  private readonly note: Statement;
  private readonly all: Statement;
  private readonly personOf: Statement;
  private readonly hiddenBehind: Statement;
  private readonly countPeople: Statement;
  private readonly isHidden: Statement;
  private readonly peopleNamed: Statement;
  private readonly identitiesOf: Statement;
  private readonly dropIdentity: Statement;
  private readonly dropName: Statement;

  constructor(db: Database) {
    this.note = db.prepare('INSERT INTO erasing (identity, key, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.all = db.prepare('SELECT identity AS id, key, name FROM erasing');
    this.personOf = db.prepare(`SELECT person FROM identities WHERE id = ? AND site <> ${NOWHERE}`);
    // The names of hidden identities are made in hiding.ts.
    const person = "substr(i.identity, 1, instr(i.identity || '.', '.') - 1)";
    this.hiddenBehind = db.prepare(`
      SELECT i.id, i.identity, ${person} AS person, e.key, e.name FROM identities i LEFT JOIN erasing e ON e.identity = i.id
      WHERE i.site = ${NOWHERE} AND i.identity > ? ORDER BY i.identity LIMIT ${ROWS_AT_ONCE}`);
    this.countPeople = db.prepare(`
      SELECT count(*) AS people FROM (
        SELECT ${person} FROM identities i WHERE i.site = ${NOWHERE} UNION
        SELECT '#' || i.id FROM erasing e CROSS JOIN identities i ON i.id = e.identity WHERE i.site <> ${NOWHERE})`);
    this.isHidden = db.prepare(`SELECT 1 FROM identities WHERE site = ${NOWHERE}`);
    this.peopleNamed = db.prepare(`
      SELECT DISTINCT ${person} AS person FROM erasing e CROSS JOIN identities i ON i.id = e.identity
      WHERE e.key = ? AND e.name = ? AND i.site = ${NOWHERE}`);
    this.identitiesOf = db.prepare(`
      SELECT i.id, e.name AS identity FROM identities i JOIN erasing e ON e.identity = i.id
      WHERE i.site = ${NOWHERE} AND ${person} = ? ORDER BY i.id`);
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
    this.dropName = db.prepare('DELETE FROM erasing WHERE identity = ?');
  }

  /** Remembers an identity; part of the caller's transaction. */
  add(key: string, { id, identity }: NamedIdentity): void {
    this.note.run(id, key, identity);
  }

  /** Identities whose removal has begun, and whose person is not completely hidden yet, without those that cannot be read. */
  unfinished(): (NamedIdentity & { key: string; person: number })[] {
    return (this.all.all() as ErasingRow[]).flatMap(({ id, key, name }) => {
      const row = readable(() => this.personOf.get(id)) as { person: number } | undefined;
      return row ? { id, identity: name, key, person: row.person } : [];
    });
  }

  /** The names that are remembered, by the key of their site. */
  names(): Map<string, string[]> {
    const names = new Map<string, string[]>();
    for (const { key, name } of this.all.all() as ErasingRow[]) {
      const ofSite = names.get(key);
      if (ofSite) ofSite.push(name);
      else names.set(key, [name]);
    }
    return names;
  }

  /** How many people are hidden, or are to be hidden; 1 if that cannot be read. */
  people(): number {
    return (readable(() => this.countPeople.get()) as { people: number } | undefined)?.people ?? 1;
  }

  /** Whether there are hidden identities. */
  isAnyHidden(): boolean {
    return this.isHidden.get() !== undefined;
  }

  /** All hidden identities, some at a time, those of a person one after the other. */
  *hidden(): Generator<HiddenIdentity[]> {
    for (let last = ''; ;) {
      const rows = this.hiddenBehind.all(last) as (HiddenIdentity & { identity: string })[];
      if (!rows.length) return;
      last = rows.at(-1)!.identity;
      yield rows;
    }
  }

  /** All hidden identities of the people who had this name before an earlier request hid them, oldest first. */
  hiddenAs(key: string, name: string): NamedIdentity[] {
    const people = this.peopleNamed.all(key, name) as { person: string }[];
    return people.flatMap(({ person }) => this.identitiesOf.all(person) as NamedIdentity[]);
  }

  /** Removes hidden identities without hits, and their names; part of the caller's transaction. */
  forget(identities: readonly number[]): void {
    for (const id of identities) {
      this.dropIdentity.run(id);
      this.dropName.run(id);
    }
  }
}
