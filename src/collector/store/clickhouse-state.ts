import { parseAddress } from './clickhouse/address.js';
import { Nodes } from './clickhouse/nodes.js';
import { FIRST_VERSION, versionOf } from './clickhouse/report-preparation.js';
import { isAboutRights, rightsOf, type Rights } from './clickhouse/rights.js';
import { Tables } from './clickhouse/tables.js';
import { unnamedNodes } from './clickhouse/unnamed-nodes.js';

export interface ClickHouseState {
  /** The version; of several nodes, the oldest. */
  version: string;
  isEnoughForReports: boolean;
  firstForReports: string;
  /** How many seconds its clock is ahead of this machine's. */
  secondsApart: number;
  user: string;
  rights: Rights;
  /** A sentence if the URL does not name all nodes of its cluster, or no cluster of ClickHouse. */
  unnamed: string | undefined;
}

/** Asks a ClickHouse for its state. Nothing is written. @throws Error for an invalid URL, and errors of the connection */
export async function clickHouseState(url: string): Promise<ClickHouseState> {
  const address = parseAddress(url);
  const { username: user } = address;
  const nodes = new Nodes(address);
  try {
    const { version, isEnough } = await versionOf(nodes);
    const [row] = await nodes.rows<{ seconds: number }>('SELECT toUnixTimestamp(now()) AS seconds');
    const secondsApart = row!.seconds - Math.floor(Date.now() / 1000);
    const tables = new Tables(address);
    const rights = await rightsOf(nodes, tables);
    // If the user may not read which nodes there are, its rights say so.
    const unnamed = await unnamedNodes(nodes, tables).catch((error: unknown) => {
      if (!isAboutRights(error)) throw error;
      return undefined;
    });
    return {
      version,
      isEnoughForReports: isEnough,
      firstForReports: FIRST_VERSION,
      secondsApart,
      user,
      rights,
      unnamed,
    };
  } finally {
    await nodes.close();
  }
}
