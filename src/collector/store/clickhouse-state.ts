import { parseAddress } from './clickhouse/address.js';
import { Nodes } from './clickhouse/nodes.js';
import { FIRST_VERSION, versionOf } from './clickhouse/report-preparation.js';

export interface ClickHouseState {
  /** The oldest of its nodes. */
  version: string;
  isEnoughForReports: boolean;
  firstForReports: string;
  /** How far its clock is ahead of that of this machine. */
  secondsApart: number;
}

/** What a ClickHouse says of itself. Nothing is written. @throws Error for an address that cannot be one, and of the connection */
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
