import { expect, test } from 'vitest';
import { withoutSharedOrigin } from '../../src/dashboard/addresses.js';

const shortened = (...values: (string | null | undefined)[]) => values.map(withoutSharedOrigin(values));

test('the host that all addresses share is left out', () => {
  const [a, b] = ['https://shop.example/a', 'https://shop.example/'];
  expect(shortened(a, b, null, undefined)).toEqual(['/a', '/', null, undefined]);
  // A path alone could be of either, and a single address needs no shorter name.
  for (const other of ['http://shop.example/a', 'https://other.example/', 'Direct', 'https://shop.example?a'])
    expect(shortened(a, b, other)).toEqual([a, b, other]);
  expect(shortened(a)).toEqual([a]);
  expect(shortened('Pro', 'None')).toEqual(['Pro', 'None']);
});
