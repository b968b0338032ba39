import { scaleLinear } from 'd3-scale';
import type { Series } from './series.js';

/** Where the points of a chart are. */
export interface Scales {
  left: number;
  top: number;
  bottom: number;
  /** Between two points. */
  step: number;
  x(index: number): number;
  y(value: number): number;
  ticks: number[];
  /** The labels for which there is room. */
  shownLabels: number[];
  anchor(index: number): 'start' | 'middle' | 'end';
  /** The point that is nearest. */
  indexAt(x: number): number;
}

const LEFT = 44;
const TOP = 8;
const BELOW = 26;
const LABEL_WIDTH = 72;

/** Every chart goes from zero, and below it where values do. */
export function scalesOf(width: number, height: number, count: number, series: Series[]): Scales {
  const values = series.flatMap(({ points }) => points.map(({ value }) => value ?? 0));
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const bottom = height - BELOW;
  const y = scaleLinear([least, most || 1], [bottom, TOP]).nice(4);
  // People are whole: no axis has half of one.
  const ticks = y.ticks(4).filter((tick) => values.some((value) => !Number.isInteger(value)) || Number.isInteger(tick));
  const step = Math.max(0, width - LEFT) / Math.max(1, count);
  const x = (index: number): number => LEFT + step * (index + 0.5);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / (step || 1)));
  const shownLabels = Array.from({ length: count }, (_, index) => index).filter(
    (index) => (count - 1 - index) % every === 0,
  );
  return {
    ...{ left: LEFT, top: TOP, bottom, step, x, y, ticks, shownLabels },
    anchor: (index) =>
      x(index) + LABEL_WIDTH / 2 > width ? 'end' : x(index) - LABEL_WIDTH / 2 < 0 ? 'start' : 'middle',
    indexAt: (at) => Math.min(count - 1, Math.max(0, Math.floor((at - LEFT) / (step || 1)))),
  };
}
