import { parseAddress } from './clickhouse/address.js';
import { Nodes } from './clickhouse/nodes.js';
import { FIRST_VERSION, versionOf } from './clickhouse/report-preparation.js';

export interface ClickHouseState {
  /** The version; of several nodes, the oldest. */
  version: string;
  isEnoughForReports: boolean;
  firstForReports: string;
  /** How many seconds its clock is ahead of this machine's. */
  secondsApart: number;
}

/** Asks a ClickHouse for its state. Nothing is written. @throws Error for an invalid URL, and errors of the connection */
export async function clickHouseState(url: string): Promise<ClickHouseState> {
  const nodes = new Nodes(parseAddress(url));
  try {
    const { version, isEnough } = await versionOf(nodes);
    const [row] = await nodes.rows<{ seconds: number }>('SELECT toUnixTimestamp(now()) AS seconds');
    const secondsApart = row!.seconds - Math.floor(Date.now() / 1000);
    return { version, isEnoughForReports: isEnough, firstForReports: FIRST_VERSION, secondsApart };
  } finally {
    await nodes.close();
  }
}
