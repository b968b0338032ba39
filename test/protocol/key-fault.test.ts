import { expect, test } from 'vitest';
import { keyFault } from '../../src/protocol/key-fault.js';

test.each([
  ['kmq', '/kmq.js is the tracker without a key'],
  ['i', '/i.js is a script of the snippet of KISSmetrics'],
  ['shop.1', '/shop.1.js is the tracker of the site “shop”'],
  ['shop.1.22', '/shop.1.22.js is the tracker of the site “shop.1”'],
  ['a\nb.1', '/a\nb.1.js is the tracker of the site “a\nb”'],
  ['\ud800', 'it contains half of a surrogate pair'],
  ['x'.repeat(256), 'it is longer than 255 characters'],
])('%j cannot be a key', (key, reason) => {
  expect(keyFault(key)).toBe(reason);
});

test.each(['KMQ', 'I', 'kmq.js', 'shop.', '.1', '1', 'v1.2 beta', 'a/b', 'a b', '%', '😀'.repeat(255)])(
  '%j can be a key',
  (key) => {
    expect(keyFault(key)).toBeUndefined();
  },
);
