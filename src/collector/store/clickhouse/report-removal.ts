import { setTimeout as pause } from 'node:timers/promises';
import type { Nodes } from './nodes.js';
import { VALUE_COLUMNS, type ReportTableName } from './report-tables.js';
import { number, text, texts } from './sql.js';
import type { Tables } from './tables.js';

const CHECK_MS = 50;

/** The names that a hit carries, with their kind in `report_names`: all of them, and those of a list. */
const NAMES = ['[event]', ...VALUE_COLUMNS.map((column) => `mapKeys(${column})`)].map((all, index) => ({
  kind: index ? 1 : 0,
  all,
  some: (list: string) => `arrayFilter(name -> name IN ${list}, ${all})`,
}));

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
    // Names stay: to find those that no other hit has would read all hits each hour, and a stranger may have sent millions.
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

  /**
   * Removes names that only hits of these people carry: they may say who somebody was. Other people's hits may arrive meanwhile. Their
   * names come behind them: in rows that this deletes, or in rows of later, which it leaves alone. So it looks itself for their hits.
   * @param condition of the hits of these people
   */
  private async dropNames(key: string, condition: string): Promise<void> {
    const theirs = `site = ${text(key)} AND ${condition}`;
    const others = `site = ${text(key)} AND NOT (${condition})`;
    const [gone, carried]: [string[], string[]] = [[], []];
    for (const { kind, all, some } of NAMES) {
      const names = await this.foldedIn(all, theirs);
      if (!names.length) continue;
      // It ends as soon as each of them was found.
      const kept = new Set(await this.foldedIn(some(texts(names)), `${others} LIMIT ${names.length}`));
      const lost = names.filter((name) => !kept.has(name));
      if (!lost.length) continue;
      gone.push(...lost.map((name) => `(${kind}, ${text(name)})`));
      carried.push(`arrayMap(name -> (toUInt8(${kind}), toString(name)), ${some(texts(lost))})`);
    }
    if (!gone.length) return;
    // Of two subqueries with the same condition in it, ClickHouse 26 would wait without an end.
    const found = `SELECT arrayJoin(arrayConcat(${carried.join(', ')})) AS one FROM ${this.parts.tables.all('report_hits')} WHERE ${others}`;
    await this.parts.remove(
      'report_names',
      `site = ${text(key)} AND (kind, folded) IN (${gone.join(', ')}) AND (kind, folded) NOT IN (SELECT one.1, one.2 FROM (${found}))`,
    );
  }

  private async foldedIn(names: string, where: string): Promise<string[]> {
    const { nodes, tables } = this.parts;
    const rows = await nodes.rows<{ folded: string }>(
      `SELECT DISTINCT toString(arrayJoin(${names})) AS folded FROM ${tables.all('report_hits')} WHERE ${where}`,
    );
    return rows.map(({ folded }) => folded);
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
