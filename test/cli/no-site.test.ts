import { expect, test } from 'vitest';
import { noSite, sitesOf } from '../../src/cli/no-site.js';

test('a mistyped key is answered with the keys that there are, ten at most', () => {
  expect(noSite('slip', ['shop', 'blog'])).toBe('The store has no hits of a site “slip”. Its sites: shop, blog.');
  const many = Array.from({ length: 12 }, (_, n) => `s${n}`);
  expect(sitesOf(many)).toBe('Its sites: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, and 2 others.');
  expect(noSite('slip', [])).toBe('The store has no hits of a site “slip”. It has no hits yet.');
});

test('a key that a stranger has sent executes nothing in a terminal', () => {
  expect(sitesOf(['shop', '\u001b]0;title\u0007', 'a\u202eb'])).toBe(
    'Its sites: shop, \ufffd]0;title\ufffd, a\ufffdb.',
  );
});
