import { nice, ticks } from 'd3-array';
import { withoutRemainder } from '../format.js';
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
  /** The indexes of the labels that fit. */
  shownLabels: number[];
  anchor(index: number): 'start' | 'middle' | 'end';
  /** The index of the nearest point. */
  indexAt(x: number): number;
}

const LEFT = 44;
const TOP = 8;
const BELOW = 26;

/** About so many pixels are between two labels, and for each of their letters. */
const GAP = 12;
const LETTER = 7;

/** The scales of a chart. The axis begins at zero, or below if there are negative values. */
export function scalesOf(width: number, height: number, labels: string[], series: Series[]): Scales {
  const count = labels.length;
  const labelWidth = GAP + LETTER * Math.max(0, ...labels.map(({ length }) => length));
  const values = series.flatMap(({ points }) => points.map(({ value }) => withoutRemainder(value ?? 0)));
  const [least, most] = nice(Math.min(0, ...values), Math.max(0, ...values) || 1, 4);
  const bottom = height - BELOW;
  const y = (value: number): number => bottom + ((value - least) / (most - least)) * (TOP - bottom);
  // If all values are integers, so are the ticks: there is no half person.
  const shownTicks = ticks(least, most, 4).filter(
    (tick) => values.some((value) => !Number.isInteger(value)) || Number.isInteger(tick),
  );
  const step = Math.max(0, width - LEFT) / Math.max(1, count);
  const x = (index: number): number => LEFT + step * (index + 0.5);
  const every = Math.max(1, Math.ceil(labelWidth / (step || 1)));
  const anchor = (index: number): 'start' | 'middle' | 'end' =>
    x(index) + labelWidth / 2 > width ? 'end' : x(index) - labelWidth / 2 < 0 ? 'start' : 'middle';
  const leftOf = (index: number): number => {
    const letters = LETTER * labels[index]!.length;
    return x(index) - { start: 0, middle: letters / 2, end: letters }[anchor(index)];
  };
  // The label at the right edge ends at its point, and is not centred. So it may touch the label before, which is left out then.
  const last = count - 1;
  const touches = (index: number): boolean =>
    index === last - every && leftOf(index) + LETTER * labels[index]!.length + GAP / 2 > leftOf(last);
  const shownLabels = Array.from({ length: count }, (_, index) => index).filter(
    (index) => (last - index) % every === 0 && !touches(index),
  );
  return {
    ...{ left: LEFT, top: TOP, bottom, step, x, y, ticks: shownTicks, shownLabels, anchor },
    indexAt: (at) => Math.min(count - 1, Math.max(0, Math.floor((at - LEFT) / (step || 1)))),
  };
}
