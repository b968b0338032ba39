import { expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';

test('hits of one second are in the order of their pushes, in whatever order they arrived', async () => {
  const collector = await startCollector();
  const at = 1_790_000_000;
  const hit = (name: string, id: string, rest = ''): Promise<Response> =>
    collector.send(`/e?_k=site&_p=bob&_n=${name}&_t=${at}&_d=1${id && `&_i=${id}`}${rest}`);
  await hit('third', '1790000000300000abcdefghij', '&plan=last');
  await hit('of+a+server', '');
  await hit('first', '1790000000100000zzzzzzzzzz', '&plan=once');
  await hit('second', '1790000000100001aaaaaaaaaa');
  await hit('of+another+sender', 'zebra');
  const bob = (await collector.person('bob'))!;
  // Hits without a moment keep their place.
  expect(bob.events.map(({ name }) => name)).toEqual(['first', 'of a server', 'second', 'third', 'of another sender']);
  expect(bob.properties.plan!.map(({ value }) => value)).toEqual(['once', 'last']);
});
