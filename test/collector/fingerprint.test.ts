import { expect, test } from 'vitest';
import { fingerprint } from '../../src/collector/store/embedded/fingerprint.js';

test('nobody outside knows two texts with the same number: plain FNV-1a gives these two the same number', () => {
  expect(fingerprint('v00143zx')).not.toBe(fingerprint('v001bpad'));
  expect(fingerprint('v00143zx')).toBe(fingerprint('v00143zx'));
});
