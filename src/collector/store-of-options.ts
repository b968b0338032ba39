import type { CollectorOptions } from './options.js';
import { countingOf, type Config } from './sites/config.js';
import { openStore } from './store/open.js';
import type { ImportWriter, Store } from './store/store.js';
import type { Log } from './watch/log.js';

/**
 * The store that the options name. It counts as each site's settings say.
 * @throws Error for an invalid URL of a store
 */
export function storeOfOptions(options: CollectorOptions, config: Config, log: Log): Store & ImportWriter {
  return openStore({
    url: options.store,
    folder: options.data,
    counting: countingOf(config),
    durability: options.durability,
    onError: (error) => log.error(error),
    onNotice: (sentence) => log.warn(sentence),
  });
}
