import type { Nodes } from './nodes.js';

/** The time by the clock of ClickHouse, in milliseconds. */
export async function clockOf(nodes: Nodes): Promise<number> {
  const [row] = await nodes.rows<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now');
  return row!.now;
}

/** When a server was started. */
export interface ServerStart {
  /** Its address in the URL, as a number, and its name: several servers may have one address, such as that of a load balancer. */
  server: string;
  /** Unix seconds. It is computed as now minus uptime; both are rounded, so it may vary by one. */
  started: number;
  /** The time by its clock, Unix seconds. */
  now: number;
}

/** For each address, when the server was started that has answered. */
export async function startsOf(nodes: Nodes): Promise<ServerStart[]> {
  const rows = await nodes.rowsEverywhere<{ host: string; started: number; now: number }>(
    'SELECT hostName() AS host, toUInt32(now()) - uptime() AS started, toUInt32(now()) AS now',
  );
  return rows.map(([row], address) => ({ server: `${address} ${row!.host}`, started: row!.started, now: row!.now }));
}
