import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { createHitId } from '../../src/protocol/hit-id.js';
import { undoToSchema5 } from '../support/old-schema.js';
import { startCollector, storedIn, temporaryFolder } from '../support/collector.js';

test('a hit from a version without agents counts as sent by a browser if it has an id of the tracker', async () => {
  const data = await temporaryFolder();
  const collector = await startCollector({ data });
  const headers = { 'User-Agent': 'curl/8.5.0' };
  const ids = { tracker: createHitId(Date.now(), 1, 'abcdefghij'), short: '123456789012345', other: 'x', none: '' };
  for (const [name, id] of Object.entries(ids))
    await collector.send(`/e?_k=site&_p=bob&_n=${name}&_i=${id}`, { headers });
  await collector.close();
  expect((await storedIn(data)).map(({ agent }) => agent)).toEqual(['server', 'server', 'server', 'server']);

  const db = openDatabase(join(data, 'kmq.db'));
  undoToSchema5(db);
  // Seven is not an agent: it counts like a missing one.
  for (const damage of ['', 'UPDATE hits SET agent = 7', "UPDATE hits SET agent = 'browser'"]) {
    db.exec(damage);
    const stored = (await storedIn(data)).map(({ name, agent }) => [name, agent]);
    expect(Object.fromEntries(stored)).toEqual({
      tracker: 'browser',
      short: 'server',
      other: 'server',
      none: 'server',
    });
  }
  db.close();
});
