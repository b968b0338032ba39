import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { openFolder, run, storedHits } from '../support/transfer.js';
import { eachNth } from '../support/long.js';

const alias = (person: string, other: string): string =>
  `/a?_k=site&_p=${encodeURIComponent(person)}&_n=${encodeURIComponent(other)}`;

test('strangers who are both given a placeholder stay separate people, and their hits are stored', async () => {
  const collector = await startCollector();
  await collector.send(alias('a', 'guest'));
  await collector.send('/b', { method: 'POST', body: [alias(' Visitor', 'b'), alias('b', 'robert')].join('\n') });
  await collector.send('/e?_k=site&_p=guest&_n=Looked');
  const { hits, refusals } = await collector.live(4);
  expect(refusals.map(({ code }) => code)).toEqual(['placeholder-alias', 'placeholder-alias']);
  expect(hits.map(({ warningCodes }) => warningCodes)).toEqual([[], ['placeholder-identity']]);
  expect((await collector.person('guest'))!.identities).toEqual(['guest']);
  expect((await collector.person('b'))!.identities.sort()).toEqual(['b', 'robert']);
});

test('a site may have another list, or none', async () => {
  const sites = { site: { placeholders: ['N/A', 'Straße'] }, none: { placeholders: [] } };
  const collector = await startCollector({ config: parseConfig({ sites }) });
  await collector.send(alias('a', 'guest'));
  await collector.send(alias('n/a', 'b'));
  await collector.send(alias('c', 'STRASSE '));
  await collector.send(alias('d', 'n/a').replace('site', 'none'));
  expect((await collector.export()).map(({ _p, _p2 }) => [_p, _p2])).toEqual([['a', 'guest']]);
  expect(await collector.export('none')).toHaveLength(1);
  const { refusals } = await collector.live(3);
  expect(refusals.map(({ code }) => code)).toEqual(['placeholder-alias', 'placeholder-alias']);
});

const RAW = ['{"_p":"a","_p2":"Guest","_t":1400000000}', '{"_p":"a","_p2":"b","_t":1400000000}'].join('\n') + '\n';
const CSV = 'Identity,Timestamp,Alias\na,1400000000,guest\na,1400000000,b\n';
const KMQ =
  ['guest', 'b']
    .map((name) => ({ key: 'site', person: 'a', kind: 'alias', name, time: 1.4e9, sent: 1.4e9, received: 1.4e9 }))
    .map((hit) => JSON.stringify({ ...hit, id: null, properties: [], warnings: [] }))
    .join('\n') + '\n';

test.each(
  eachNth(
    [
      ['raw', RAW],
      ['csv', CSV],
      ['kmq', KMQ],
    ],
    3,
  ),
)('an import of %s refuses them, and says so, unless the settings of the site have another list', async (_, lines) => {
  const data = await temporaryFolder();
  const refused = await run(['import', '--data', data, '--key', 'site', '-'], lines);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('looks like a placeholder') as string });
  const first = openFolder(data);
  expect((await storedHits(first)).map(({ name }) => name)).toEqual(['b']);
  await first.close();

  const config = join(data, 'kmq.config.json');
  await writeFile(config, JSON.stringify({ sites: { site: { placeholders: [] } } }));
  const other = await temporaryFolder();
  expect(await run(['import', '--data', other, '--config', config, '--key', 'site', '-'], lines)).toMatchObject({
    code: 0,
  });
  expect((await storedHits(openFolder(other))).map(({ name }) => name?.toLowerCase())).toEqual(['guest', 'b']);
});
