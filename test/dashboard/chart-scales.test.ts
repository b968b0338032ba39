import { expect, test } from 'vitest';
import { scalesOf } from '../../src/dashboard/components/chart-scales.js';

/** A letter of the axis is narrower than this many pixels. */
const LETTER = 7;

test('what adding up decimals leaves over has no axis of its own', () => {
  const remainder = [{ name: 'Sum', points: [{ value: 0.1 + 0.2 - 0.3 }, { value: 0 }] }];
  expect(scalesOf(335, 240, ['a', 'b'], remainder).ticks).toEqual(scalesOf(335, 240, ['a', 'b'], []).ticks);
});

test.each([335, 1000])('no label of an axis touches the next one, at a width of %i', (width) => {
  const labels = Array.from({ length: 28 }, (_, day) => `Nov ${day + 1}`);
  const scales = scalesOf(width, 240, labels, []);
  const edges = scales.shownLabels.map((index) => {
    const letters = labels[index]!.length * LETTER;
    const before = { start: 0, middle: letters / 2, end: letters }[scales.anchor(index)];
    return { left: scales.x(index) - before, right: scales.x(index) - before + letters };
  });
  expect(edges.length).toBeGreaterThan(3);
  edges.slice(1).forEach(({ left }, before) => {
    expect(left - edges[before]!.right).toBeGreaterThanOrEqual(6);
  });
});
