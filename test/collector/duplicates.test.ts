import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';

async function sendAll(collector: TestCollector, queries: string[]): Promise<void> {
  for (const query of queries)
    expect((await collector.send(`${query.slice(0, 2)}?_k=site&_p=bob&${query.slice(3)}`)).status).toBe(200);
}

const T = '_t=1400000000';

describe('what counts once (docs/reference.md#8.4)', () => {
  test.each<[string, string[], number, number]>([
    ['the same event in the same second', [`/e?_n=x&${T}`, `/e?_n=x&${T}`], 1, 2],
    ['names that differ in case', [`/e?_n=Signed Up&${T}`, `/e?_n=signed up&${T}`], 1, 2],
    ['with different hit ids', [`/e?_n=x&${T}&_i=1`, `/e?_n=x&${T}&_i=2`], 2, 2],
    ['with a hit id and without one', [`/e?_n=x&${T}&_i=1`, `/e?_n=x&${T}`, `/e?_n=x&${T}`], 2, 3],
    ['without a hit id and with one', [`/e?_n=x&${T}`, `/e?_n=x&${T}&_i=1`, `/e?_n=x&${T}`], 2, 3],
    ['the same hit id: not even stored', [`/e?_n=x&${T}&_i=1`, `/e?_n=x&${T}&_i=1`], 1, 1],
    ['the same hit id without a time', ['/e?_n=x&_i=1', '/e?_n=x&_i=1'], 1, 1],
    ['another second', [`/e?_n=x&${T}`, '/e?_n=x&_t=1400000001'], 2, 2],
    ['another name', [`/e?_n=x&${T}`, `/e?_n=y&${T}`], 2, 2],
    ['another person', [`/e?_n=x&${T}`, `/e?_n=x&${T}&_p=ann`], 1, 2],
    ['no time: they cannot be recognised as repeats', ['/e?_n=x', '/e?_n=x'], 2, 2],
  ])('%s', async (_, queries, counted, stored) => {
    const collector = await startCollector();
    await sendAll(collector, queries);
    expect((await collector.person('bob'))!.events).toHaveLength(counted);
    expect(await collector.export()).toHaveLength(stored);
  });

  test('of several values of a property in one second the last one is kept; but each value that has a hit id', async () => {
    const collector = await startCollector();
    await sendAll(collector, [`/s?plan=free&${T}`, `/s?Plan=pro&${T}`, '/s?plan=none&_t=1400000001']);
    const { plan } = (await collector.person('bob'))!.properties;
    expect(plan!.map(({ value }) => value)).toEqual(['pro', 'none']);
    await sendAll(collector, [`/s?size=S&${T}&_i=1`, `/s?size=M&${T}&_i=2`, `/s?size=L&${T}`, `/s?size=XL&${T}`]);
    const { size } = (await collector.person('bob'))!.properties;
    expect(size!.map(({ value }) => value)).toEqual(['S', 'M', 'XL']);
  });

  test('several page views of a new visitor in one second all count, as Live shows', async () => {
    const collector = await startCollector();
    const views = ['1400000000000000', '1400000000000001'].map((id) => `/e?_n=Page View&${T}&_i=${id}newcomer`);
    await sendAll(collector, views);
    expect((await collector.live(2)).hits.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    expect((await collector.person('bob'))!.events).toHaveLength(2);
  });

  test('a repeated event counts once, and its properties of the person are kept', async () => {
    const collector = await startCollector();
    await sendAll(collector, [`/e?_n=x&${T}&a=1`, `/e?_n=x&${T}&b=2`]);
    const bob = (await collector.person('bob'))!;
    expect(bob.events).toMatchObject([{ name: 'x', properties: { a: '1' } }]);
    expect(Object.keys(bob.properties)).toEqual(['a', 'b']);
    expect((await collector.live(2)).hits.map(({ duplicate }) => duplicate)).toEqual([false, true]);
  });

  test('the same hit after a restart', async () => {
    const data = await temporaryFolder();
    for (let run = 0; run < 2; run++) {
      const collector = await startCollector({ data });
      await sendAll(collector, [`/e?_n=x&${T}&_i=1`, `/e?_n=y&${T}`]);
      await collector.close();
    }
    const collector = await startCollector({ data });
    expect((await collector.person('bob'))!.events.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(await collector.export()).toHaveLength(3);
  });
});

describe('a site that counts as the reference does', () => {
  test('counts the same event in one second once, whatever ids it has, and keeps one value of a property', async () => {
    const collector = await startCollector({ config: parseConfig({ sites: { site: { counting: 'reference' } } }) });
    await sendAll(collector, [`/e?_n=x&${T}&_i=1&a=1`, `/e?_n=X&${T}&_i=2&a=2`, `/e?_n=x&${T}`]);
    const bob = (await collector.person('bob'))!;
    expect(bob.events).toHaveLength(1);
    expect(bob.properties.a!.map(({ value }) => value)).toEqual(['2']);
    expect((await collector.live(3)).hits.map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
  });
});

test('a site that changes its counting counts stored hits by the new setting', async () => {
  const data = await temporaryFolder();
  const counted: Record<string, number> = {};
  for (const counting of ['hit-id', 'reference', 'auto', 'hit-id'] as const) {
    const collector = await startCollector({ data, config: parseConfig({ sites: { site: { counting } } }) });
    if (!Object.keys(counted).length) {
      await sendAll(collector, [`/e?_n=x&${T}&_i=1`, `/e?_n=x&${T}&_i=2`, `/e?_n=x&${T}`, `/e?_n=x&${T}`]);
    }
    counted[counting] = (await collector.person('bob'))!.events.length;
    await collector.close();
  }
  expect(counted).toEqual({ 'hit-id': 4, reference: 1, auto: 3 });
});

describe('a site that counts only by hit id', () => {
  test('counts every hit id, and each hit without one', async () => {
    const collector = await startCollector({ config: parseConfig({ sites: { site: { counting: 'hit-id' } } }) });
    await sendAll(collector, [
      `/e?_n=x&${T}&_i=1&a=1`,
      `/e?_n=x&${T}&_i=2&a=2`,
      `/e?_n=x&${T}&_i=2&a=2`,
      `/e?_n=x&${T}`,
    ]);
    const bob = (await collector.person('bob'))!;
    expect(bob.events).toHaveLength(3);
    expect(bob.properties.a!.map(({ value }) => value)).toEqual(['1', '2']);
  });
});

test('repeats are found in whatever order their seconds arrive, also after a restart', async () => {
  const data = await temporaryFolder();
  const events = [5, 3, 5, 3, 4, 3, 5, 4, 3].flatMap((second) => ['a', 'B', 'A', 'b'].map((name) => [second, name]));
  for (let run = 0; run < 2; run++) {
    const collector = await startCollector({ data });
    await sendAll(
      collector,
      events.map(([second, name]) => `/e?_n=${name}&_t=140000000${second}`),
    );
    expect((await collector.person('bob'))!.events).toHaveLength(3 * 2);
    await collector.close();
  }
});
