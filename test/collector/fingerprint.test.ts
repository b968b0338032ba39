import { expect, test } from 'vitest';
import { fingerprint } from '../../src/collector/store/embedded/fingerprint.js';

test('nobody outside of the process can choose texts with the same number: two that plain FNV-1a confuses have different ones', () => {
  expect(fingerprint('v00143zx')).not.toBe(fingerprint('v001bpad'));
  expect(fingerprint('v00143zx')).toBe(fingerprint('v00143zx'));
});
