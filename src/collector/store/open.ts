import { ClickHouseStore } from './clickhouse/store.js';
import { EmbeddedStore } from './embedded/store.js';
import type { StoreOptions, WritableStore } from './store.js';

export interface OpenOptions extends StoreOptions {
  /** `clickhouse://user:password@host:8123[,host2:8123]/database[?cluster=NAME&tls=1]`; absent: the embedded store. */
  url?: string | undefined;
}

/** The store at a URL. ClickHouse need not be running yet. @throws Error for an invalid URL, or a data folder that cannot be used */
export function openStore({ url, ...options }: OpenOptions): WritableStore {
  return url === undefined ? new EmbeddedStore(options) : new ClickHouseStore({ url, ...options });
}
