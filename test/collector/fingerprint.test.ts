import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprint } from '../../src/collector/store/embedded/fingerprint.js';

test('nobody outside of the process can choose texts with the same number: two that plain FNV-1a confuses have different ones', () => {
  expect(fingerprint('v00143zx')).toBe(fingerprint('v00143zx'));
  // With plain FNV-1a and a secret start they have the same number for one secret of 129.
  const secrets = Array.from({ length: 20_000 }, () => randomInt(2 ** 32));
  expect(secrets.filter((secret) => fingerprint('v00143zx', secret) === fingerprint('v001bpad', secret))).toEqual([]);
});
