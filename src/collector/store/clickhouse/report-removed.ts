import type { Nodes } from './nodes.js';
import type { Tables } from './tables.js';

/** SQL for the time of the last removal. A question or a step that ran during a removal finds another one afterwards. */
export const lastRemovalIn = (tables: Tables): string => `(SELECT max(removal) FROM ${tables.all('report_removals')})`;

/** The same as a number. */
export async function lastRemoval(nodes: Nodes, tables: Tables): Promise<number> {
  const [row] = await nodes.rows<{ removal: number }>(`SELECT ${lastRemovalIn(tables)} AS removal`);
  return row!.removal;
}

/** Stores the time of a removal. It is later than that of any other one, whatever the clock says. */
export async function noteRemoval(nodes: Nodes, tables: Tables): Promise<void> {
  await nodes.execute(`
    INSERT INTO ${tables.all('report_removals')} (removal)
    SELECT greatest(toUInt64(toUnixTimestamp64Micro(now64(6))), toUInt64(${lastRemovalIn(tables)} + 1))`);
}
