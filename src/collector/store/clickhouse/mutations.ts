import { setTimeout as pause } from 'node:timers/promises';
import { RemovalStopped } from '../model/removal-stopped.js';
import type { Nodes } from './nodes.js';
import { REPORT_TABLES, type ReportTableName } from './report-tables.js';
import { text, texts } from './sql.js';
import { idOf, MUTATION_LIMITS, Patience, StuckMutation, type Mutation } from './stuck-mutation.js';
import { TABLES, type TableName, type Tables } from './tables.js';

/** How often the nodes are asked whether they are done. */
const CHECK_MS = 50;

/**
 * Mutations: statements that change rows which are stored already (https://clickhouse.com/docs/sql-reference/statements/alter#mutations).
 * A node writes its files again in the background, also after a restart, and in the order in which it got the mutations of a table.
 */
export class Mutations {
  private stopped = false;
  private columns: string | undefined;
  /** What `completed` waits for: SQL that finds such rows. */
  private deletions = new Set<string>();

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly limits = MUTATION_LIMITS,
  ) {}

  /** Begins to delete rows on every node; `completed` waits for it. */
  async delete(table: TableName | ReportTableName, condition: string): Promise<void> {
    this.deletions.add(`${this.tables.local(table)} WHERE ${condition}`);
    await this.deleteLater(table, condition);
  }

  /** Begins to delete rows on every node; nothing waits for it. */
  async deleteLater(table: TableName | ReportTableName, condition: string): Promise<void> {
    await this.nodes.everywhere(`ALTER TABLE ${this.tables.local(table)} DELETE WHERE ${condition}`);
  }

  /** Begins to change rows on every node. */
  async update(table: TableName | ReportTableName, assignments: string, condition: string): Promise<void> {
    await this.nodes.everywhere(`ALTER TABLE ${this.tables.local(table)} UPDATE ${assignments} WHERE ${condition}`);
  }

  /**
   * Waits for the mutations that have begun until now, also those of other collectors.
   * @returns whether their nodes know all of them: somebody may have killed one
   * @throws StuckMutation, or RemovalStopped after `stop`
   */
  async ended(): Promise<boolean> {
    const all = await this.waiting();
    const ids = new Set(all.map(idOf));
    const patience = new Patience(this.tables, this.limits);
    for (let left = all; left.length; left = (await this.waiting()).filter((one) => ids.has(idOf(one)))) {
      if (this.stopped) throw new RemovalStopped();
      patience.look(left);
      await pause(CHECK_MS);
    }
    return this.areKnown(all);
  }

  /**
   * Waits as `ended` does, before a removal begins. What an earlier removal that failed has begun to delete does not count any more: its
   * people may have come back, and it begins again.
   */
  async ready(): Promise<void> {
    this.deletions.clear();
    await this.ended();
  }

  /**
   * Waits as `ended` does, until what `delete` has begun is done.
   * @throws StuckMutation if somebody has killed a mutation as well
   */
  async completed(): Promise<void> {
    // A node forgets the oldest mutations that it has completed (`finished_mutations_to_keep`), not only those that were killed.
    const begun = [...this.deletions];
    this.deletions.clear();
    const isDone = (await this.ended()) || !(await this.areRowsLeft(begun));
    if (!isDone) throw new StuckMutation('Somebody has ended a mutation that removes rows. kmq begins it again.');
  }

  /** The mutations of a table, or of all tables of kmq, that are not completed. */
  async waiting(table?: TableName | ReportTableName): Promise<Mutation[]> {
    const named = table ? [table] : [...Object.keys(TABLES), ...Object.keys(REPORT_TABLES)];
    const nodes = await this.nodes.rowsEverywhere<Omit<Mutation, 'node'>>(`
      SELECT table, mutation_id AS id, parts_to_do AS left, ${await this.failure()} AS failure FROM system.mutations
      WHERE database = ${text(this.tables.database)} AND table IN ${texts(named)} AND is_done = 0`);
    return nodes.flatMap((rows, node) => rows.map((row) => ({ ...row, node })));
  }

  /** Ends the waiting. ClickHouse completes the mutations by itself. */
  stop(): void {
    this.stopped = true;
  }

  /** Servers before 19.5 do not say why a mutation fails. */
  private async failure(): Promise<string> {
    this.columns ??= (
      await this.nodes.rows(
        `SELECT name FROM system.columns WHERE database = 'system' AND table = 'mutations' AND name = 'latest_fail_reason'`,
      )
    ).length
      ? 'latest_fail_reason'
      : `''`;
    return this.columns;
  }

  private async areRowsLeft(sources: readonly string[]): Promise<boolean> {
    for (const source of sources) {
      const nodes = await this.nodes.rowsEverywhere(`SELECT 1 AS found FROM ${source} LIMIT 1`);
      if (nodes.some((rows) => rows.length)) return true;
    }
    return false;
  }

  /** A mutation that was killed is unknown to its node. */
  private async areKnown(mutations: readonly Mutation[]): Promise<boolean> {
    if (!mutations.length) return true;
    const nodes = await this.nodes.rowsEverywhere<{ table: string; id: string }>(`
      SELECT table, mutation_id AS id FROM system.mutations
      WHERE database = ${text(this.tables.database)} AND mutation_id IN ${texts(mutations.map(({ id }) => id))}`);
    const known = new Set(nodes.flatMap((rows, node) => rows.map((row) => idOf({ ...row, node }))));
    return mutations.every((one) => known.has(idOf(one)));
  }
}
