import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noteWanted } from '../../src/collector/reports/wanted.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { arrived } from '../support/arrived-hits.js';
import { KEY, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { answerOf } from '../support/report-site.js';
import { run } from '../support/transfer.js';

const DAY = 86_400;
const today = (): number => Math.floor(Date.now() / 1000);

/** A data folder with a hit. @param wanted when somebody wanted reports */
async function folderWith(wanted?: number): Promise<string> {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting: () => 'auto' });
  await store.append([arrived({ person: 'ada', event: 'Came', id: 'one' })]);
  if (wanted !== undefined) await noteWanted(store, wanted);
  await store.close();
  return folder;
}

/** What the metrics say of the progress of reports; undefined while no process of reports runs. */
async function progressIn(collector: TestCollector): Promise<string | undefined> {
  const metrics = await (await collector.send('/metrics')).text();
  return /^kmq_reports_progress (.*)$/m.exec(metrics)?.[1];
}

const areBuilt = (collector: TestCollector) => expect.poll(() => progressIn(collector)).toBe('1');

function removeReports(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith('reports.')) rmSync(join(folder, name), { recursive: true });
}

test('a start builds reports that somebody has wanted in the last 30 days, and no others', async () => {
  await areBuilt(await startCollector({ data: await folderWith(today() - 29 * DAY) }));
  for (const wanted of [undefined, today() - 31 * DAY]) {
    const folder = await folderWith(wanted);
    const collector = await startCollector({ data: folder });
    expect(await progressIn(collector)).toBe(undefined);
    expect(existsSync(join(folder, 'reports.duckdb'))).toBe(false);
  }
});

test('after an import, the first start builds reports before anybody asks', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'hits.json');
  writeFileSync(file, `{"_p":"ada","_t":${today()},"_n":"Came"}\n`);
  const data = join(folder, 'data');
  expect(await run(['import', file, '--key', KEY, '--data', data])).toMatchObject({ code: 0 });
  expect(existsSync(join(data, 'reports.duckdb'))).toBe(false);
  await areBuilt(await startCollector({ data }));
});

test('a store whose reports were asked for, restored from a backup, builds them at its start', async () => {
  const folder = await folderWith();
  const before = await startCollector({ data: folder });
  await answerOf(before, 'names', {});
  await before.close();
  removeReports(folder);
  await areBuilt(await startCollector({ data: folder }));
});
