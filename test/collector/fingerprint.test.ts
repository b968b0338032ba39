import { expect, test } from 'vitest';
import { fingerprint } from '../../src/collector/store/embedded/fingerprint.js';

test('nobody outside knows two texts of one number: FNV-1a as it is published gives one to these', () => {
  expect(fingerprint('v00143zx')).not.toBe(fingerprint('v001bpad'));
  expect(fingerprint('v00143zx')).toBe(fingerprint('v00143zx'));
});
