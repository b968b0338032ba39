import type { Nodes } from './nodes.js';
import { text } from './sql.js';
import type { Tables } from './tables.js';

/** A removal would leave rows on nodes that the URL does not name. */
class UnnamedNodes extends Error {
  readonly statusCode = 503;
}

/** A sentence for a URL whose cluster is unknown, or that does not name all its nodes; undefined if it does, or if there is no cluster. */
export async function unnamedNodes(nodes: Nodes, { cluster }: Tables): Promise<string | undefined> {
  if (cluster === undefined) return undefined;
  const [row] = await nodes.rows<{ count: number }>(
    `SELECT count() AS count FROM system.clusters WHERE cluster = ${text(cluster)}`,
  );
  if (!row!.count) {
    return (
      `ClickHouse does not know the cluster ${cluster}, which the URL of the store names: write its name as in remote_servers of the ` +
      'configuration of ClickHouse, or add the cluster there, on every node.'
    );
  }
  if (row!.count <= nodes.count) return undefined;
  return (
    `The cluster ${cluster} has ${row!.count} nodes, and the URL of the store names ${nodes.count} of them. Hits can only be removed from nodes ` +
    'that it names: name all of them, separated by commas, and not a load balancer in front of them.'
  );
}

/** @throws UnnamedNodes */
export async function assertAllNamed(nodes: Nodes, tables: Tables): Promise<void> {
  const sentence = await unnamedNodes(nodes, tables);
  if (sentence !== undefined) throw new UnnamedNodes(`${sentence} Then kmq continues by itself.`);
}
