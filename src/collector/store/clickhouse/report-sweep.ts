import { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import type { Tables } from './tables.js';

/** Columns of the tables of reports that have the number of an identity. A person is the number of one of their identities. */
const IDENTITIES = [
  ['report_people', 'identity'],
  ['report_merges', 'person'],
  ['report_identities', 'identity'],
  ['report_hits', 'identity'],
] as const;

/** Another collector may remove somebody during a step. The step has perhaps read rows of them before, and written them after. */
export class ReportSweep {
  private readonly mutations: Mutations;

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {
    this.mutations = new Mutations(nodes, tables);
  }

  /** The time of the last removal by any collector. */
  async lastRemoval(): Promise<number> {
    const [last] = await this.nodes.rows<{ removal: number }>(
      `SELECT max(removal) AS removal FROM ${this.tables.all('report_removals')}`,
    );
    return last!.removal;
  }

  /**
   * Begins to delete the rows of people who do not exist any more. ClickHouse completes that by itself, also after a kill, and a large
   * table needs minutes.
   */
  async begin(): Promise<void> {
    const known = `SELECT sipHash64(site, identity) FROM ${this.tables.all('identities')}`;
    for (const [table, column] of IDENTITIES) await this.mutations.delete(table, `${column} NOT IN (${known})`);
  }
}
