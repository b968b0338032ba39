import { DemoDataMaker } from '../demo-data/maker.js';
import { now } from './clock.js';
import type { CollectorOptions } from './options.js';
import type { ImportWriter, Store } from './store/store.js';
import type { Log } from './watch/log.js';

/** The maker of the demo shop's visitors, if the shop is served. */
export function demoDataOf(
  { demo }: Pick<CollectorOptions, 'demo'>,
  store: Store & ImportWriter,
  log: Log,
): DemoDataMaker | undefined {
  if (!demo) return undefined;
  return new DemoDataMaker({ store, now, inBackground: true, onError: (error) => log.error(error) });
}

/**
 * Starts to store the visitors, if the options say so and the store has no hits.
 * @returns the maker, if they are being stored
 */
export async function beginDemoData(
  maker: DemoDataMaker | undefined,
  { demoData, store }: Pick<CollectorOptions, 'demoData' | 'store'>,
): Promise<DemoDataMaker | undefined> {
  // ClickHouse may not be running yet, so it is not asked here.
  if (!maker || demoData !== 'empty' || store !== undefined) return undefined;
  return (await maker.makeWhereEmpty()) ? maker : undefined;
}
