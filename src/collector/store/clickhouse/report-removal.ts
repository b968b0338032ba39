import type { Nodes } from './nodes.js';
import { isAfter, numberIn, spoolIn, spoolOf, stampIn } from './report-rows.js';
import { noteRemoval } from './report-removed.js';
import { ReportReturns } from './report-returns.js';
import { STEPS } from './report-step.js';
import { VALUE_COLUMNS, type ReportTableName } from './report-tables.js';
import { number, numbersOf, text, texts, these } from './sql.js';
import { spoolEnds } from './spool-ends.js';
import type { Tables } from './tables.js';
import type { Returning, ReturnNotes } from './unfinished.js';

/** SQL for the names in a hit, with their kind in `report_names`: for all names, and for those in a list. */
const NAMES = ['[event]', ...VALUE_COLUMNS.map((column) => `mapKeys(${column})`)].map((all, index) => ({
  kind: index ? 1 : 0,
  all,
  some: (list: string) => `arrayFilter(name -> name IN ${list}, ${all})`,
}));

export interface ReportRemovalParts {
  nodes: Nodes;
  tables: Tables;
  notes: ReturnNotes;
  /** Deletes rows of a table on every node, and waits until they are gone. */
  remove: (table: ReportTableName, condition: string) => Promise<void>;
}

/** Removes rows from the tables of reports after they were removed from the tables of the store. Repeating it changes nothing. */
export class ReportRemoval {
  private readonly returns: ReportReturns;

  constructor(private readonly parts: ReportRemovalParts) {
    const { nodes, tables } = parts;
    const removeHits = (key: string, condition: string): Promise<void> => this.removeHits(key, condition);
    this.returns = new ReportReturns({ nodes, tables, removeHits, stepsEnded: () => this.fillsEnded() });
  }

  /** Removes the hits of people by their identities, and names that nobody else has. After that, `forget` removes the identities. */
  async erase(key: string, identities: readonly string[]): Promise<void> {
    if (!(await this.areThere())) return;
    await this.fillsEnded();
    const isTheirs = `identity IN ${numbersOf(key, identities)}`;
    // Before the hits are removed, because the names come from them.
    await this.dropNames(key, isTheirs);
    await this.removeHits(key, `site = ${text(key)} AND ${isTheirs}`);
  }

  /** Removes hits that happened before a time. @param before Unix seconds */
  async expire(key: string, before: number): Promise<void> {
    if (!(await this.areThere())) return;
    const old = `site = ${text(key)} AND time < ${number(before)}`;
    const [found] = await this.parts.nodes.rows(
      `SELECT 1 AS one FROM ${this.parts.tables.all('report_hits')} WHERE ${old} LIMIT 1`,
    );
    if (!found) return;
    await this.fillsEnded();
    // Names stay: to find the ones without hits, all hits would be read each hour, and anyone may send millions of names.
    await this.removeHits(key, old);
    // Questions which began earlier are asked again.
    await noteRemoval(this.parts.nodes, this.parts.tables);
  }

  /** Removes identities that the table of identities does not have any more. */
  async forget(key: string, identities: readonly string[]): Promise<void> {
    if (await this.areThere()) await this.forgetAll(key, identities);
  }

  /** Does again what a kill or an error has interrupted: `forget`, while hits of people who had come back were copied again. */
  async finishReturn({ key, identities }: Returning): Promise<void> {
    if (await this.areThere()) await this.forgetAll(key, identities);
    else this.parts.notes.endReturn({ key, identities });
  }

  private async forgetAll(key: string, identities: readonly string[]): Promise<void> {
    const { nodes, tables, notes } = this.parts;
    const numbers = numbersOf(key, identities);
    const site = `site = ${text(key)}`;
    await this.fillsEnded();
    const back = `SELECT identity FROM ${tables.all('identities')} WHERE ${these(key, identities)}`;
    await this.parts.remove('report_identities', `${site} AND identity IN ${numbers} AND name NOT IN (${back})`);
    // A step may have read their aliases before they were removed. From now on it stores none of them, and reads them again.
    await noteRemoval(nodes, tables);
    await this.fillsEnded();
    // The merges of people who came back with an alias are stored again: they may name a person who is gone. After a failure, the rows by
    // which these people were found may be gone: then they are in the note. It may be about more identities of the same person.
    const own = new Set(identities);
    const noted = notes.returning
      .filter((one) => one.key === key && one.identities.some((identity) => own.has(identity)))
      .flatMap((one) => one.others);
    const others = [...new Set([...noted, ...(await this.returns.mergedWith(key, numbers))])];
    // From now on hits are missing in reports until they are copied again, and their people would not be found again.
    notes.noteReturn({ key, identities, others });
    await this.parts.remove('report_people', `${site} AND (identity IN ${numbers} OR person IN ${numbers})`);
    await this.parts.remove('report_merges', `${site} AND (person IN ${numbers} OR "into" IN ${numbers})`);
    await this.returns.copyAgain(key, [...identities, ...others], numbers);
    await noteRemoval(nodes, tables);
    notes.endReturn({ key, identities });
  }

  private async removeHits(key: string, condition: string): Promise<void> {
    const { tables, remove } = this.parts;
    // These rows are found by the hits, so they are removed first. A hit that is sent again after that does not count as a repeat.
    const hits = `SELECT hit FROM ${tables.all('report_hits')} WHERE ${condition}`;
    const found = [`hit IN (${hits})`, ...(await this.withoutHits(key))].join(' OR ');
    await remove('report_seen', `site = ${text(key)} AND (${found})`);
    await remove('report_hits', condition);
  }

  /**
   * A step that ended half-way may have stored rows of hits that it did not copy. If these hits are removed, no later step copies
   * them either. @returns SQL that finds the rows of such hits, if there are rows of hits that no step has certainly copied
   */
  private async withoutHits(key: string): Promise<string[]> {
    const { nodes, tables } = this.parts;
    // In this order, since a step begins after the hits that it copies are stored.
    const copies = await spoolEnds(nodes, tables, 'report_progress');
    const copied = new Map(copies.map(({ source, stamp }) => [source, stamp]));
    const stored = await spoolEnds(nodes, tables, 'progress');
    // If all hits of a spool are copied, no row is ahead. So the table is read only from the last hits on that are copied.
    const behind = stored.filter(({ source, stamp }) => stamp > (copied.get(source) ?? 0));
    if (!behind.length) return [];
    const isAhead = behind
      .map(({ source }) => `(${spoolIn('hit')} = ${spoolOf(source)} AND ${isAfter(copied.get(source) ?? 0)})`)
      .join(' OR ');
    const [ahead] = await nodes.rows<{ count: number; first: number }>(
      `SELECT count() AS count, min(${stampIn('hit')}) AS first FROM ${tables.all('report_seen')}
      WHERE site = ${text(key)} AND (${isAhead})`,
    );
    if (!ahead!.count) return [];
    const arrived = `SELECT ${numberIn('stamp', 'source')} FROM ${tables.all('arrivals')}
      WHERE site = ${text(key)} AND stamp >= ${number(ahead!.first)}`;
    return [`((${isAhead}) AND hit NOT IN (${arrived}))`];
  }

  /**
   * Removes names that only hits of these people have, since a name may identify somebody. Hits of other people may arrive at the same
   * time. Their names are inserted after these hits. So the statement that deletes names looks for such hits itself.
   * @param condition selects the hits of these people
   */
  private async dropNames(key: string, condition: string): Promise<void> {
    const theirs = `site = ${text(key)} AND ${condition}`;
    const others = `site = ${text(key)} AND NOT (${condition})`;
    const [gone, carried]: [string[], string[]] = [[], []];
    for (const { kind, all, some } of NAMES) {
      const names = await this.foldedIn(all, theirs);
      if (!names.length) continue;
      // The limit ends the query as soon as each name was found.
      const kept = new Set(await this.foldedIn(some(texts(names)), `${others} LIMIT ${names.length}`));
      const lost = names.filter((name) => !kept.has(name));
      if (!lost.length) continue;
      gone.push(...lost.map((name) => `(${kind}, ${text(name)})`));
      carried.push(`arrayMap(name -> (toUInt8(${kind}), toString(name)), ${some(texts(lost))})`);
    }
    if (!gone.length) return;
    // One subquery for all names: with two that have the same condition, ClickHouse 26 never ends.
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

  /** Waits for steps of other collectors that may have read removed rows and not yet written them. */
  private fillsEnded(): Promise<void> {
    return STEPS.ended(this.parts.nodes, this.parts.tables);
  }

  /** Whether the tables exist. On older servers there are none. */
  private async areThere(): Promise<boolean> {
    const { nodes, tables } = this.parts;
    const [found] = await nodes.rows(
      `SELECT 1 AS one FROM system.tables WHERE database = ${text(tables.database)} AND name = 'report_removals'`,
    );
    return found !== undefined;
  }
}
