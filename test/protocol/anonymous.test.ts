import { nanoid } from 'nanoid';
import { expect, test } from 'vitest';
import { isAnonymous } from '../../src/protocol/anonymous.js';

test('random ids are told from names', () => {
  // One in 30,000 has no capital or no small letter.
  const random = Array.from({ length: 10_000 }, () => nanoid());
  expect(random.filter((id) => !isAnonymous(id)).length).toBeLessThan(10);
  expect(
    ['rXpQXkT0QRzxFHv5kvGLMWnwI5o=', 'rXpQXkT0QRzxFHv5kvGLMWnwI5o', 'rXp-XkT0QRz_FHv5kvGLMWnwI5o'].map(isAnonymous),
  ).toEqual([true, true, true]);
  const names = [
    'customer-000000000123',
    '000000000000000000123',
    'CUSTOMER-000000000123',
    'Ann',
    'Ann.Miller@example.com',
    '',
  ];
  expect(names.filter(isAnonymous)).toEqual([]);
});
