import type { Nodes } from './nodes.js';
import { texts } from './sql.js';

/** Settings that only later versions have. Another version refuses a statement with them. */
const LATER_SETTINGS = {
  // A join with a small table must read that table first. ClickHouse guesses how many hits a condition leaves, and often guesses far too
  // few: then it would read the hits first, which took seven times as long.
  query_plan_join_swap_table: 'false',
} as const;

export type LaterSettings = Partial<typeof LATER_SETTINGS>;

/** Those that all nodes know, which may have any version. */
export async function laterSettings(nodes: Nodes): Promise<LaterSettings> {
  const known = await nodes.rowsEverywhere<{ name: string }>(
    `SELECT name FROM system.settings WHERE name IN ${texts(Object.keys(LATER_SETTINGS))}`,
  );
  const later = Object.entries(LATER_SETTINGS).filter(([name]) =>
    known.every((rows) => rows.some((row) => row.name === name)),
  );
  return Object.fromEntries(later);
}
