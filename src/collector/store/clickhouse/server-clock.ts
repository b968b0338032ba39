import type { Nodes } from './nodes.js';

/** The time by the clock of ClickHouse, in milliseconds. */
export async function clockOf(nodes: Nodes): Promise<number> {
  const [row] = await nodes.rows<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now');
  return row!.now;
}

/** When each node was started, Unix seconds. It is computed as now minus uptime; both are rounded, so it may vary by one. */
export async function startsOf(nodes: Nodes): Promise<number[]> {
  const rows = await nodes.rowsEverywhere<{ started: number }>('SELECT toUInt32(now()) - uptime() AS started');
  return rows.map(([row]) => row!.started);
}
