import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHitId, hasMoment, pushedAtMs } from '../../src/protocol/hit-id.js';

const RANDOM = 'Vx7_-abcde';
const moments = fc.integer({ min: Date.UTC(2009, 0, 1), max: Date.UTC(2100, 0, 1) });

test('an id contains the time at which its hit was pushed', () => {
  fc.assert(
    fc.property(moments, fc.nat(), (pushedMs, count) => {
      const id = createHitId(pushedMs, count, RANDOM);
      expect(id).toMatch(/^\d{16}Vx7_-abcde$/);
      expect(pushedAtMs(id, 0)).toBe(pushedMs);
      expect(pushedAtMs('km_uq' + id, 5)).toBe(pushedMs);
      expect(hasMoment(id)).toBe(true);
    }),
  );
});

test('ids sort in the order of the pushes, also within one millisecond', () => {
  fc.assert(
    fc.property(moments, moments, fc.nat({ max: 999 }), fc.nat({ max: 999 }), (a, b, first, second) => {
      const isEarlier = a < b || (a === b && first < second);
      expect(createHitId(a, first, 'z') < createHitId(b, second, 'a')).toBe(isEarlier);
    }),
  );
});

test('the ids of other senders contain no time', () => {
  for (const id of [undefined, '', 'order-7', '123456789012345x', ' 1234567890123456'])
    expect(hasMoment(id)).toBe(false);
});
