import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseAddress } from './address.js';
import { NO_PARTS_OF_ANSWERS } from './stated-settings.js';

/** The most connections of a client to its node. */
const MOST_CONNECTIONS = 8;

export interface ClientOptions {
  /** The longest that one statement may take, in milliseconds. */
  timeout: number;
  /** Whether a connection has several requests, one after the other. Nobody can have closed a new connection before its only request. */
  isShared: boolean;
}

/** A client for the statements of kmq on one node. @param node its URL */
export function clientOf(
  address: ClickHouseAddress,
  node: string,
  { timeout, isShared }: ClientOptions,
): ClickHouseClient {
  return createClient({
    url: node,
    username: address.username,
    password: address.password,
    application: 'kmq',
    request_timeout: timeout,
    max_open_connections: MOST_CONNECTIONS,
    keep_alive: { enabled: isShared },
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      // An insert succeeds when every shard has its part. Without this, a node would answer at once, and put the insert into its own
      // queue.
      insert_distributed_sync: 1,
      output_format_json_quote_64bit_integers: 0,
      ...NO_PARTS_OF_ANSWERS,
      // A query names all identities of a person, who may have many.
      max_query_size: '268435456',
      max_ast_elements: '10000000',
      max_expanded_ast_elements: '10000000',
    },
  });
}
