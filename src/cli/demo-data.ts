import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { now } from '../collector/clock.js';
import { noteWanted } from '../collector/reports/wanted.js';
import { openStore } from '../collector/store/open.js';
import { HITS, PEOPLE } from '../demo-data/hits.js';
import { DemoDataMaker } from '../demo-data/maker.js';
import { giveToOwner } from './give-to-owner.js';
import { tellOfClickHouse } from './named-folder.js';
import { showProgress } from './progress.js';
import { addStoreFlags, storeSettings } from './store-settings.js';

const LOOK_MS = 100;

/** `kmq demo-data`. */
export function registerDemoData(program: Command): void {
  const command = program
    .command('demo-data')
    .description(
      `Store ${PEOPLE.toLocaleString('en')} made-up visitors of the demo shop, who came in the last 90 days.`,
    );
  addStoreFlags(command).action(makeDemoData);
}

async function makeDemoData(options: Record<string, unknown>): Promise<void> {
  const settings = storeSettings(options);
  const { store: url, data: folder, durability, counting } = settings;
  tellOfClickHouse(options, settings, 'writes');
  const progress = showProgress<number>(HITS, (hits) => `${hits.toLocaleString('en')} hits`);
  const onNotice = (sentence: string): void => progress.print(sentence);
  let failure: Error | undefined;
  // If ClickHouse does not answer, the hits wait in the spool: the person at the terminal must see why.
  const onWaiting = (error: unknown): void => onNotice(`The hits wait: ${(error as Error).message}`);
  const store = openStore({ ...{ folder, durability, counting, url, onNotice }, ...(url && { onError: onWaiting }) });
  giveToOwner(folder);
  const maker = new DemoDataMaker({ store, now, inBackground: false, onError: (error) => (failure = error as Error) });
  try {
    const { state } = await maker.makeDemoData();
    if (state === 'made') {
      const other = url === undefined ? 'folder with --data' : 'database with --store';
      return console.error(`This store has the demo data already. Name another ${other}.`);
    }
    const ended = maker.finished().then(() => true);
    while (!(await Promise.race([ended, wait(LOOK_MS, false)]))) progress.show(maker.hits, maker.hits);
    progress.show(HITS, maker.hits);
    if (url === undefined) await noteWanted(store, now()).catch(() => undefined);
  } finally {
    progress.end();
    while (store.backlog()) await wait(LOOK_MS);
    await store.close();
  }
  if (failure) throw failure;
  console.error(`Hits stored: ${maker.hits}, of ${PEOPLE.toLocaleString('en')} people. kmq serve --demo shows them.`);
}
