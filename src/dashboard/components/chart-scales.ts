import { nice, ticks } from 'd3-array';
import { withoutIsolates } from '../bidi.js';
import { short, withoutRemainder } from '../format.js';
import type { Series } from './series.js';

/** The positions of a chart's points. */
export interface Scales {
  left: number;
  top: number;
  bottom: number;
  /** The distance between two points. */
  step: number;
  x(index: number): number;
  y(value: number): number;
  ticks: number[];
  /** The labels that fit: the index of each, and where its text is anchored. */
  shownLabels: LabelPlace[];
  /** The index of the nearest point. */
  indexAt(x: number): number;
}

interface LabelPlace {
  index: number;
  x: number;
  anchor: 'start' | 'middle' | 'end';
}

/** The place of the marks of the vertical axis, which is larger if their texts need more, and the gap beside them. */
const LEFT = 44;
export const TICK_GAP = 8;
const TOP = 8;
const BELOW = 26;

/** The least space between two labels, and the width of one letter: both approximate, in pixels. */
const GAP = 12;
const LETTER = 7;
/** A digit is wider than most letters. */
const DIGIT = 8;

/**
 * The scales of a chart. The axis begins at zero, or below if there are negative values.
 * @param enlarged how many times as large as usual the reader's text is
 */
export function scalesOf(width: number, height: number, labels: string[], series: Series[], enlarged = 1): Scales {
  const count = labels.length;
  const widths = labels.map((label) => enlarged * LETTER * withoutIsolates(label).length);
  const labelWidth = GAP + Math.max(0, ...widths);
  const values = series.flatMap(({ points }) => points.map(({ value }) => withoutRemainder(value ?? 0)));
  const [least, most] = nice(Math.min(0, ...values), Math.max(0, ...values) || 1, 4);
  const [top, bottom] = [enlarged * TOP, height - enlarged * BELOW];
  const y = (value: number): number => bottom + ((value - least) / (most - least)) * (top - bottom);
  // If all values are integers, so are the ticks: there is no half person.
  const shownTicks = ticks(least, most, 4).filter(
    (tick) => values.some((value) => !Number.isInteger(value)) || Number.isInteger(tick),
  );
  const digits = Math.max(0, ...shownTicks.map((tick) => withoutIsolates(short(tick)).length));
  const left = Math.max(LEFT, TICK_GAP + enlarged * DIGIT * digits);
  const step = Math.max(0, width - left) / Math.max(1, count);
  const x = (index: number): number => left + step * (index + 0.5);
  const every = Math.max(1, Math.ceil(labelWidth / (step || 1)));
  // A label is centred below its point, unless an edge of the chart would cut it.
  const placeOf = (index: number): LabelPlace => {
    const half = widths[index]! / 2;
    if (x(index) + half > width) return { index, x: width, anchor: 'end' };
    if (x(index) - half < 0) return { index, x: 0, anchor: 'start' };
    return { index, x: x(index), anchor: 'middle' };
  };
  const leftOf = (index: number): number => Math.min(x(index) - widths[index]! / 2, width - widths[index]!);
  // The label at the right edge may touch the one before, which is left out then.
  const last = count - 1;
  const touches = (index: number): boolean =>
    index === last - every && leftOf(index) + widths[index]! + GAP / 3 > leftOf(last);
  const shownLabels = Array.from({ length: count }, (_, index) => index)
    .filter((index) => (last - index) % every === 0 && !touches(index))
    .map(placeOf);
  return {
    ...{ left, top, bottom, step, x, y, ticks: shownTicks, shownLabels },
    indexAt: (at) => Math.min(count - 1, Math.max(0, Math.floor((at - left) / (step || 1)))),
  };
}
