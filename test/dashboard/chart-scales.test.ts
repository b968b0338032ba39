import { expect, test } from 'vitest';
import { scalesOf } from '../../src/dashboard/components/chart-scales.js';

/** A letter of the axis is narrower than this many pixels. */
const LETTER = 7;

test('what adding up decimals leaves over has no axis of its own', () => {
  const remainder = [{ name: 'Sum', points: [{ value: 0.1 + 0.2 - 0.3 }, { value: 0 }] }];
  expect(scalesOf(335, 240, ['a', 'b'], remainder).ticks).toEqual(scalesOf(335, 240, ['a', 'b'], []).ticks);
});

test('the marks of the vertical axis have space for their texts', () => {
  const spaceOf = (value: number, enlarged?: number) =>
    scalesOf(335, 240, ['a'], [{ name: 'Sum', points: [{ value }] }], enlarged).left;
  // Few digits: charts below each other begin at the same place.
  expect(spaceOf(9)).toBe(spaceOf(900_000));
  expect(spaceOf(0.00009)).toBeGreaterThan('0.00008'.length * LETTER);
  expect(spaceOf(0.00009, 2)).toBeGreaterThan(2 * '0.00008'.length * LETTER);
});

test.each([240, 335, 1000, 1060])('no label of an axis touches the next one or is cut, at a width of %i', (width) => {
  const labels = Array.from({ length: 28 }, (_, day) => `Nov ${day + 1}`);
  const scales = scalesOf(width, 240, labels, []);
  const edges = scales.shownLabels.map(({ index, x, anchor }) => {
    const letters = labels[index]!.length * LETTER;
    const left = x - { start: 0, middle: letters / 2, end: letters }[anchor];
    // A reader finds the point above the label.
    expect(scales.x(index)).toBeGreaterThanOrEqual(left);
    expect(scales.x(index)).toBeLessThanOrEqual(left + letters);
    return { left, right: left + letters };
  });
  expect(edges.length).toBeGreaterThan(1);
  expect(edges[0]!.left).toBeGreaterThanOrEqual(0);
  expect(edges.at(-1)!.right).toBeLessThanOrEqual(width);
  edges.slice(1).forEach(({ left }, before) => {
    expect(left - edges[before]!.right).toBeGreaterThanOrEqual(4);
  });
});
