import { EmbeddedStore, type EmbeddedOptions } from './embedded.js';
import type { Store } from './store.js';

export interface StoreOptions extends EmbeddedOptions {
  /** Where hits are kept; absent: in the folder. */
  url?: string;
}

/** Opens a store for writing. @throws Error for an address that is none, and where another process writes */
export async function openStore({ url, ...options }: StoreOptions): Promise<Store> {
  if (url !== undefined) throw new Error(`There is no store for ${new URL(url).protocol} in this version.`);
  return new EmbeddedStore(options);
}
