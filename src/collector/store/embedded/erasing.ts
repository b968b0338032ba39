import type { Database, Statement } from '../sqlite/database.js';
import { namesOneOf } from '../model/names-in-refusals.js';

/** The number that stands for no site and no person, for identities that are being erased. */
export const NOWHERE = 0;

/** An identity by its number, with its name. */
export interface NamedIdentity {
  id: number;
  identity: string;
}

interface ErasingRow {
  key: string;
  name: string;
}

interface RefusalRow {
  id: number;
  request: string;
  reason: string;
}

/** The number of refused requests that one query reads. */
const ROWS_AT_ONCE = 50;

/** The identities of people who are being erased, with their names: refused requests that contain a name are removed as well. */
export class Erasing {
  private readonly note: Statement;
  private readonly begun: Statement;
  private readonly all: Statement;
  private readonly done: Statement;
  private readonly refusalsBehind: Statement;
  private readonly dropRefusal: Statement;

  constructor(db: Database) {
    this.note = db.prepare('INSERT INTO erasing (identity, key, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.begun = db.prepare(`
      SELECT e.identity AS id, e.name AS identity, e.key, i.person FROM erasing e JOIN identities i ON i.id = e.identity
      WHERE i.site <> ${NOWHERE}`);
    this.all = db.prepare('SELECT key, name FROM erasing');
    this.done = db.prepare(`
      DELETE FROM erasing WHERE identity IN (SELECT identity FROM erasing LIMIT ?) RETURNING identity`);
    this.refusalsBehind = db.prepare(`
      SELECT id, request, reason FROM refusals WHERE (key = ? OR key IS NULL) AND id > ? ORDER BY id LIMIT ?`);
    this.dropRefusal = db.prepare('DELETE FROM refusals WHERE id = ?');
  }

  /** Remembers an identity; part of the caller's transaction. */
  add(key: string, { id, identity }: NamedIdentity): void {
    this.note.run(id, key, identity);
  }

  /** Identities whose removal has begun, and whose person is not completely hidden yet. */
  unfinished(): (NamedIdentity & { key: string; person: number })[] {
    return this.begun.all() as (NamedIdentity & { key: string; person: number })[];
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

  /** The refusals of a site, and those without a site, each with whether it contains one of the names. */
  *refusals(key: string, names: string[]): Generator<{ id: number; isNamed: boolean }> {
    const isNamed = namesOneOf(names);
    for (let last = 0; ;) {
      const rows = this.refusalsBehind.all(key, last, ROWS_AT_ONCE) as RefusalRow[];
      if (!rows.length) return;
      for (const row of rows) yield { id: row.id, isNamed: isNamed(row) };
      last = rows.at(-1)!.id;
    }
  }

  /** Removes refusals; part of the caller's transaction. */
  dropRefusals(ids: readonly number[]): void {
    for (const id of ids) this.dropRefusal.run(id);
  }

  /** Forgets some of the names. @returns the identities that had them */
  forget(most: number): number[] {
    return (this.done.all(most) as { identity: number }[]).map(({ identity }) => identity);
  }
}
