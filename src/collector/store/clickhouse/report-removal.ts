import { setTimeout as pause } from 'node:timers/promises';
import type { Nodes } from './nodes.js';
import { columnOf, VALUE_COLUMNS, type ReportTableName } from './report-tables.js';
import { number, text } from './sql.js';
import type { Tables } from './tables.js';

const CHECK_MS = 50;

/** A name that hits of a site carry. */
interface Name {
  kind: number;
  folded: string;
}

export interface ReportRemovalParts {
  nodes: Nodes;
  tables: Tables;
  /** Deletes rows of a table on every node, and waits until they are gone. */
  remove: (table: ReportTableName, condition: string) => Promise<void>;
}

/** Removes from the tables of reports what was removed from the tables of the store before. Repeating it changes nothing. */
export class ReportRemoval {
  constructor(private readonly parts: ReportRemovalParts) {}

  /** People by their identities. */
  async erase(key: string, identities: readonly string[]): Promise<void> {
    if (!(await this.areThere())) return;
    await this.fillsEnded();
    const isTheirs = `identity IN ${numbersOf(key, identities)}`;
    // Before the hits are removed, because the names come from them.
    await this.dropNames(key, isTheirs);
    await this.removeHits(key, `site = ${text(key)} AND ${isTheirs}`);
    await this.forget(key, identities);
  }

  /** Hits that happened before a time. @param before Unix seconds */
  async expire(key: string, before: number): Promise<void> {
    if (!(await this.areThere())) return;
    const old = `site = ${text(key)} AND time < ${number(before)}`;
    const [found] = await this.parts.nodes.rows(
      `SELECT 1 AS one FROM ${this.parts.tables.all('report_hits')} WHERE ${old} LIMIT 1`,
    );
    if (!found) return;
    await this.fillsEnded();
    await this.removeHits(key, old);
    await this.told();
  }

  /** Identities that have no hits. */
  async forget(key: string, identities: readonly string[]): Promise<void> {
    if (!(await this.areThere())) return;
    const numbers = numbersOf(key, identities);
    const site = `site = ${text(key)}`;
    await this.parts.remove('report_identities', `${site} AND identity IN ${numbers}`);
    await this.parts.remove('report_people', `${site} AND identity IN ${numbers}`);
    await this.parts.remove('report_merges', `${site} AND (person IN ${numbers} OR "into" IN ${numbers})`);
    await this.told();
  }

  private async removeHits(key: string, condition: string): Promise<void> {
    const { tables, remove } = this.parts;
    // Found by the hits, so removed before them. A hit that is sent again after this is no repeat.
    const hits = `SELECT hit FROM ${tables.all('report_hits')} WHERE ${condition}`;
    await remove('report_seen', `site = ${text(key)} AND hit IN (${hits})`);
    await remove('report_hits', condition);
  }

  /** Questions that began earlier are asked again. */
  private async told(): Promise<void> {
    const { nodes, tables } = this.parts;
    await nodes.execute(
      `INSERT INTO ${tables.all('report_removals')} (removal) SELECT toUnixTimestamp64Micro(now64(6))`,
    );
  }

  private async namesOf(hits: string): Promise<Name[]> {
    const names = VALUE_COLUMNS.map((column) => `mapKeys(${column})`).join(', ');
    const table = this.parts.tables.all('report_hits');
    return this.parts.nodes.rows<Name>(`
      SELECT DISTINCT 0 AS kind, toString(event) AS folded FROM ${table} WHERE ${hits} AND event <> ''
      UNION ALL
      SELECT DISTINCT 1 AS kind, toString(arrayJoin(arrayConcat(${names}))) AS folded FROM ${table} WHERE ${hits}`);
  }

  /** Names that nobody else has sent: they may say who somebody was. */
  private async dropNames(key: string, isTheirs: string): Promise<void> {
    const { nodes, tables, remove } = this.parts;
    const gone: string[] = [];
    for (const { kind, folded } of await this.namesOf(`site = ${text(key)} AND ${isTheirs}`)) {
      const carries = kind === 0 ? `event = ${text(folded)}` : `mapContains(${columnOf(folded)}, ${text(folded)})`;
      const [used] = await nodes.rows(
        `SELECT 1 AS one FROM ${tables.all('report_hits')} WHERE site = ${text(key)} AND ${carries} AND NOT (${isTheirs}) LIMIT 1`,
      );
      if (!used) gone.push(`(${number(kind)}, ${text(folded)})`);
    }
    if (gone.length) await remove('report_names', `site = ${text(key)} AND (kind, folded) IN (${gone.join(', ')})`);
  }

  /** Rows that other collectors have read before may be on their way into the tables. */
  private async fillsEnded(): Promise<void> {
    const running = async (): Promise<string[]> => {
      const nodes = await this.parts.nodes.rowsEverywhere<{ id: string }>(
        "SELECT query_id AS id FROM system.processes WHERE position(query, concat('kmq fills ', 'reports')) > 0",
      );
      return nodes.flat().map(({ id }) => id);
    };
    let waiting = await running();
    while (waiting.length) {
      await pause(CHECK_MS);
      const now = new Set(await running());
      waiting = waiting.filter((id) => now.has(id));
    }
  }

  /** An older server has none. */
  private async areThere(): Promise<boolean> {
    const { nodes, tables } = this.parts;
    const [found] = await nodes.rows(
      `SELECT 1 AS one FROM system.tables WHERE database = ${text(tables.database)} AND name = 'report_removals'`,
    );
    return found !== undefined;
  }
}

/** The numbers of identities. */
function numbersOf(key: string, identities: readonly string[]): string {
  return `(SELECT sipHash64(${text(key)}, arrayJoin([${identities.map(text).join(',')}])))`;
}
