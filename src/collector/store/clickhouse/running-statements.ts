import { setTimeout as pause } from 'node:timers/promises';
import type { Nodes } from './nodes.js';

const CHECK_MS = 50;

/** A kind of statement that is marked among all queries of a server. A removal waits for those that run. */
export class MarkedStatements {
  /** @param name is in no other statement */
  constructor(private readonly name: string) {}

  /** Marks an INSERT. */
  mark(statement: string): string {
    return statement.replace('INSERT', `INSERT /* ${this.name} */`);
  }

  /** Resolves when those that run now have ended, whichever collector has started them. */
  async ended(nodes: Nodes): Promise<void> {
    // This query does not find itself.
    const [begin, end] = [this.name.slice(0, 4), this.name.slice(4)];
    const query = `SELECT query_id AS id FROM system.processes WHERE position(query, concat('${begin}', '${end}')) > 0`;
    const running = async (): Promise<string[]> => {
      const found = await nodes.rowsEverywhere<{ id: string }>(query);
      return found.flat().map(({ id }) => id);
    };
    let waiting = await running();
    while (waiting.length) {
      await pause(CHECK_MS);
      const now = new Set(await running());
      waiting = waiting.filter((id) => now.has(id));
    }
  }
}
