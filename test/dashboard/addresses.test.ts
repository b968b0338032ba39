import { expect, test } from 'vitest';
import { readable, withoutSharedOrigin } from '../../src/dashboard/addresses.js';

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

/** https://github.com/plausible/analytics/issues/178 */
test('an address has its letters, and keeps the escapes that mean something', () => {
  const written = (address: string) => readable(encodeURI(address));
  for (const address of [
    'https://shop.example/чай/зелёный',
    '/søgning?q=grøn',
    'https://x.example/お茶',
    '/می‌خواهم',
    '/👩‍🌾',
  ])
    expect(written(address)).toBe(address);
  expect(written('/зелёный чай')).toBe('/зелёный%20чай');
  // A slash that is part of a name, bytes that are not UTF-8, and characters that cannot be seen or turn text around.
  for (const escaped of [
    '/a%2Fb',
    '/%E9t%E9',
    '/%E2%80%AEtxt',
    '/%C2%A0',
    '/%EF%BB%BF',
    '/%',
    '/100%',
    '/%E3%85%A4',
    '/%E2%A0%80',
  ])
    expect(readable(escaped)).toBe(escaped);
  // This is no address.
  expect(readable('100%D1%87')).toBe('100%D1%87');
  const [a, b] = ['https://shop.example/%D1%87%D0%B0%D0%B9', 'https://shop.example/'];
  expect(shortened(a, b)).toEqual(['/чай', '/']);
  const [c, d] = ['https://%D1%87.example/page', 'https://%D1%87.example/%D1%87'];
  expect(shortened(c, d)).toEqual(['/page', '/ч']);
});
