import { ClickHouseStore } from './clickhouse/store.js';
import { EmbeddedStore, type EmbeddedOptions } from './embedded/store.js';
import type { Store } from './store.js';

export interface OpenOptions extends EmbeddedOptions {
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]`; absent: the embedded store. */
  url?: string | undefined;
}

/** The store of an address. ClickHouse need not be there yet. @throws Error for an address that cannot be one */
export function openStore({ url, ...options }: OpenOptions): Store {
  return url === undefined ? new EmbeddedStore(options) : new ClickHouseStore({ url, ...options });
}
