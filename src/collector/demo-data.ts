import { DemoDataMaker } from '../demo-data/maker.js';
import { now } from './clock.js';
import type { CollectorOptions } from './options.js';
import type { ImportWriter, Store } from './store/store.js';
import type { Log } from './watch/log.js';

/** Who makes the visitors of the demo shop, where it is served. */
export function demoDataOf(
  { demo }: Pick<CollectorOptions, 'demo'>,
  store: Store & ImportWriter,
  log: Log,
): DemoDataMaker | undefined {
  if (!demo) return undefined;
  return new DemoDataMaker({ store, now, inBackground: true, onError: (error) => log.error(error) });
}

/**
 * Begins to make them where the options say so, in a store without hits.
 * @returns whether they are being made
 */
export async function beginDemoData(
  maker: DemoDataMaker | undefined,
  { demoData, store }: Pick<CollectorOptions, 'demoData' | 'store'>,
): Promise<boolean> {
  // Another store need not be there yet, and is asked nothing before it is.
  if (!maker || demoData !== 'empty' || store !== undefined) return false;
  return maker.makeWhereEmpty();
}
