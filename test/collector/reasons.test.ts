import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { startCollector, temporaryFolder } from '../support/collector.js';

test('Live has codes and what to do beside the sentences, and shows sentences that were stored before there were codes', async () => {
  const data = await temporaryFolder();
  const first = await startCollector({ data });
  await first.send('/e?_k=site&_n=x');
  await first.send('/e?_k=site&_p=bob&_n=x&=1&_a=x');
  await first.live(2);
  await first.close();

  const db = openDatabase(join(data, 'kmq.db'));
  expect(db.prepare('SELECT reason, warnings FROM refusals, hits').get()).toEqual({
    reason: '["no-person","person","_p"]',
    warnings: '[["unnamed-property"],["bad-age"]]',
  });
  db.exec(`
    INSERT INTO refusals (key, received, reason, request) VALUES ('site', 2000000000, 'It is odd.', '/e');
    UPDATE hits SET warnings = '["It was odd.",["bad-age"]]'`);
  db.close();

  const second = await startCollector({ data });
  const { hits, refusals } = await second.live(3);
  expect(refusals).toMatchObject([
    {
      code: 'no-person',
      reason: 'No person: _p is missing or blank.',
      advice: 'Send an identity; the tracker makes one by itself.',
    },
    { code: null, reason: 'It is odd.', advice: null },
  ]);
  expect(hits).toMatchObject([
    {
      warnings: [
        'It was odd.',
        '_a is not a whole number of seconds up to 90 days, and was ignored. A hit without _t and _d=1 gets the time of its arrival.',
      ],
      warningCodes: [null, 'bad-age'],
    },
  ]);
});
