import { describe, expect, onTestFinished, test } from 'vitest';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { peopleOf } from '../support/answers.js';
import { arrived } from '../support/arrived-hits.js';
import { clickHouseOfTest, findClickHouse } from '../support/clickhouse.js';
import { temporaryFolder } from '../support/collector.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';

// A ClickHouse that cannot remove one person, and can remove others.

const T = 1_600_000_000;

describe.skipIf(!findClickHouse())('an erasure that ClickHouse refuses each time', () => {
  test.each(['hits', 'identities'])('at the table %s does not stop others, and retention neither', async (table) => {
    const server = await clickHouseOfTest();
    const large = Buffer.from('large').toString('hex').replace(/../g, '\\x$&');
    let [isRefused, isDown] = [true, false];
    const proxy = await proxyOf(
      server.url(`failing_${table}`),
      () => undefined,
      (statement) => {
        if (isDown) return { reset: true };
        return isRefused && statement.includes(`.${table} DELETE`) && statement.includes(large)
          ? {
              status: 500,
              body: 'Code: 396. DB::Exception: Limit exceeded. (TOO_MANY_ROWS_OR_BYTES) (version 26.7.1.1)\n',
            }
          : statement;
      },
    );
    const errors: string[] = [];
    const store = new ClickHouseStore({
      ...{ url: proxy.url, folder: await temporaryFolder(), counting: () => 'reference' as const },
      onError: (error) => errors.push((error as Error).message),
    });
    onTestFinished(() => store.close().catch(() => undefined));
    const names = async (): Promise<unknown> =>
      (await peopleOf(store, 'site', '', 10)).map(({ identities }) => identities[0]).sort();
    await store.append(['large', 'ann', 'bob', 'eve'].map((person) => arrived({ person, event: 'x', time: T })));
    await store.append([arrived({ person: 'dan', event: 'x', time: T + 100 })]);
    expect(await names()).toHaveLength(5);
    await expect(store.erase('site', 'large')).rejects.toThrow('Limit exceeded');
    expect(await store.erase('site', 'ann')).toEqual({ identities: ['ann'], hits: 1 });
    isDown = true;
    await expect(store.erase('site', 'bob')).rejects.toThrow('kmq has noted this request');
    isDown = false;
    await expect.poll(() => store.unfinishedErasures(), { interval: 200 }).toBe(1);
    expect(await names()).toEqual(expect.not.arrayContaining(['bob']));
    // By age as well.
    if (table === 'hits') expect(await store.expire('site', T + 50)).toBe(2);
    await expect.poll(() => errors.filter((message) => message.includes('Limit exceeded'))).toHaveLength(1);
    isRefused = false;
    await expect.poll(() => store.unfinishedErasures(), { interval: 200 }).toBe(0);
    expect(await names()).toEqual(table === 'hits' ? ['dan'] : ['dan', 'eve']);
    expect(errors.filter((message) => message.includes('Limit exceeded'))).toHaveLength(1);
  });
});
