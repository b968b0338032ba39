/** The parts of a ClickHouse address. */
export interface ClickHouseAddress {
  /** `http://host:port` of each node, or `https` with `tls=1`, without user and password. */
  nodes: string[];
  username: string;
  password: string;
  database: string;
  /** The name of the cluster in ClickHouse's `remote_servers`, for tables that are spread over the nodes. */
  cluster: string | undefined;
}

const FORM = 'clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]';
/** Names that need no quotes in SQL. */
const NAME = /^[A-Za-z_]\w{0,63}$/;

/**
 * Reads `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]`. User and password are
 * percent-encoded. The default user is `default`, the default port 8123 (8443 with `tls=1`).
 * @throws Error that says what is wrong, and never contains the password
 */
export function parseAddress(url: string): ClickHouseAddress {
  const [, credentials = '', hosts, database, query = ''] =
    /^clickhouse:\/\/(?:(.*)@)?([^/@?]+)\/([^/?]+)(?:\?(.*))?$/.exec(url) ?? [];
  if (hosts === undefined || database === undefined) throw new Error(`The store's URL has the form ${FORM}.`);
  if (!NAME.test(database)) throw new Error(`“${database}” cannot be the name of a database.`);
  const { cluster, tls, ...unknown } = Object.fromEntries(new URLSearchParams(query));
  const [odd] = Object.keys(unknown);
  if (odd !== undefined)
    throw new Error(`The store's URL contains “${odd}”, which kmq does not know; the form is ${FORM}.`);
  if (cluster !== undefined && !NAME.test(cluster)) throw new Error(`“${cluster}” cannot be the name of a cluster.`);
  if (tls !== undefined && tls !== '0' && tls !== '1') throw new Error('In the store’s URL, tls must be 1 or 0.');
  const nodes = hosts.split(',').map((host) => parseNode(host, tls === '1'));
  if (nodes.length > 1 && cluster === undefined) {
    throw new Error('Several nodes of ClickHouse need the name of their cluster: ?cluster=NAME.');
  }
  const [username = '', password = ''] = splitOnce(credentials, ':').map(decode);
  return { nodes, username: username || 'default', password, database, cluster };
}

function parseNode(host: string, tls: boolean): string {
  const [, name, port] = /^([\w.-]+|\[[\da-fA-F:]+\])(?::(\d{1,5}))?$/.exec(host) ?? [];
  // Not what follows the colon: without a host, that is the password.
  if (name === undefined || Number(port ?? 1) > 65_535)
    throw new Error(
      `“${host.split(':')[0]}” is not a host of ClickHouse, with or without a port; the form is ${FORM}.`,
    );
  return `${tls ? 'https' : 'http'}://${name}:${port ?? (tls ? 8443 : 8123)}`;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('User and password in the store’s URL have to be percent-encoded, and one of them is not.');
  }
}
