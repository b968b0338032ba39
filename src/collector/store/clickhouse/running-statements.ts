import { setTimeout as pause } from 'node:timers/promises';
import { hasCode } from './error-code.js';
import type { Nodes } from './nodes.js';
import type { Tables } from './tables.js';

const CHECK_MS = 50;

/** Whether this version does not have a function, the user may not call it, or a node does not know the cluster. */
const hasNone = (error: unknown): boolean =>
  hasCode(error, 'UNKNOWN_FUNCTION', 'BAD_GET', 'ACCESS_DENIED', 'CLUSTER_DOESNT_EXIST');

/** A kind of statement that is marked among all queries of a server. A removal waits for those that run. */
export class MarkedStatements {
  /** @param name is in no other statement */
  constructor(private readonly name: string) {}

  /** Marks an INSERT. */
  mark(statement: string): string {
    return statement.replace('INSERT', `INSERT /* ${this.name} */`);
  }

  /** Resolves when those that run now have ended, whichever collector has started them. */
  async ended(nodes: Nodes, tables: Tables): Promise<void> {
    const running = async (): Promise<string[]> => {
      const found = await nodes.rowsEverywhere<{ id: string }>(this.query('system.processes'));
      return [...found.flat(), ...(await this.elsewhere(nodes, tables))].map(({ id }) => id);
    };
    let waiting = await running();
    while (waiting.length) {
      await pause(CHECK_MS);
      const now = new Set(await running());
      waiting = waiting.filter((id) => now.has(id));
    }
  }

  /** Those on all nodes of a cluster: another collector may have been told other nodes than this one. */
  private async elsewhere(nodes: Nodes, { cluster }: Tables): Promise<{ id: string }[]> {
    if (cluster === undefined) return [];
    // Old versions only have the function that asks one replica of each shard.
    for (const all of ['clusterAllReplicas', 'cluster']) {
      try {
        return await nodes.rows(this.query(`${all}('${cluster}', system.processes)`));
      } catch (error) {
        if (!hasNone(error)) throw error;
      }
    }
    return [];
  }

  /** A query for those that run. It does not find itself. */
  private query(processes: string): string {
    const [begin, end] = [this.name.slice(0, 4), this.name.slice(4)];
    return `SELECT query_id AS id FROM ${processes} WHERE position(query, concat('${begin}', '${end}')) > 0`;
  }
}

/** The statements that insert hits and refused requests. Behind a proxy that has answered too early, one of them may still run. */
export const INSERTS = new MarkedStatements('kmq stores hits');
