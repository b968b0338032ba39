import { area, curveMonotoneX, line } from 'd3-shape';
import type { ComponentChildren } from 'preact';
import type { Scales } from './chart-scales.js';
import { classOf, type Point, type Series } from './series.js';

interface MarksProps {
  scales: Scales;
  series: Series[];
  looked: number | undefined;
}

type Placed = [index: number, point: Point];

/** Series as lines. Buckets that have not ended are dashed; the previous period has another dash. */
export function Lines({ scales, series, looked, isArea }: MarksProps & { isArea: boolean }): ComponentChildren {
  const draw = line<Placed>()
    .defined(([, { value }]) => value !== null)
    .x(([index]) => scales.x(index))
    .y(([, { value }]) => scales.y(value!))
    .curve(curveMonotoneX);
  const fill = area<Placed>()
    .defined(([, { value }]) => value !== null)
    .x(([index]) => scales.x(index))
    .y0(scales.y(0))
    .y1(([, { value }]) => scales.y(value!))
    .curve(curveMonotoneX);
  // The first series is drawn last, so that it is in front.
  return series
    .map((one, index) => {
      const placed = one.points.map((point, at): Placed => [at, point]);
      const open = placed.findIndex(([, point]) => point.open);
      const ended = open < 0 ? placed : placed.slice(0, open);
      const rest = open > 0 ? placed.slice(open - 1) : [];
      const point = looked === undefined ? undefined : one.points[looked];
      return (
        <g key={one.name} class={classOf(one, index)}>
          {/* In the same two parts as the line: the curve at a point depends on the points beside it. */}
          {isArea && index === 0 && <path class="fill" d={(fill(ended) ?? '') + (fill(rest) ?? '')} />}
          <path class="stroke" d={draw(ended) ?? ''} />
          {open > 0 && <path class="stroke open" d={draw(rest) ?? ''} />}
          {placed.map(([at, { value, open: isOpen }]) => {
            // A point without neighbours is drawn as a dot.
            const isAlone = value !== null && placed[at - 1]?.[1].value == null && placed[at + 1]?.[1].value == null;
            return (
              isAlone && (
                <circle key={at} class={isOpen ? 'dot open' : 'dot'} cx={scales.x(at)} cy={scales.y(value)} r={3} />
              )
            );
          })}
          {point && point.value !== null && (
            <circle class="dot" cx={scales.x(looked!)} cy={scales.y(point.value)} r={4} />
          )}
        </g>
      );
    })
    .reverse();
}

/** Stacks the series, except the previous period: the values of earlier ones in the array are added to each. */
export function stacked(series: Series[]): Series[] {
  const heights: number[] = [];
  return series.map((one) => ({
    ...one,
    points: one.points.map((point, at) => {
      if (one.before) return point;
      heights[at] = (heights[at] ?? 0) + (point.value ?? 0);
      return { ...point, value: heights[at] };
    }),
  }));
}

/** The share of the distance between two points that the bars fill. */
const BARS = 0.72;

/** The series whose bar is at a place, if bars of several series are side by side. @param x in pixels @param at the index of the point */
export function seriesAt(x: number, at: number, scales: Scales, series: Series[]): Series {
  const own = series.filter(({ before }) => !before);
  const place = Math.floor(((x - scales.x(at)) / (scales.step * BARS) + 0.5) * own.length);
  return own[Math.min(own.length - 1, Math.max(0, place))]!;
}

/** Series as bars, side by side or stacked. The previous period is a mark at its height. */
export function Bars({ scales, series, looked, isStacked }: MarksProps & { isStacked: boolean }): ComponentChildren {
  const own = series.filter(({ before }) => !before);
  const tops = isStacked ? stacked(series) : series;
  const slot = scales.step * BARS;
  const width = isStacked ? slot : slot / Math.max(1, own.length);
  return series.map((one, index) => {
    const place = isStacked ? 0 : own.indexOf(one);
    return (
      <g key={one.name} class={classOf(one, index)}>
        {one.points.map(({ value, open }, at) => {
          if (value === null) return null;
          const left = scales.x(at) - slot / 2;
          if (one.before) {
            const y = scales.y(value);
            return <line key={at} class="stroke" x1={left} x2={left + slot} y1={y} y2={y} />;
          }
          const top = tops[index]!.points[at]!.value!;
          const [y, foot] = [scales.y(top), scales.y(top - (isStacked ? value : top))];
          const height = Math.abs(foot - y);
          // Because of the gap, readers who do not see the colours can tell the parts apart.
          const gap = isStacked && index > 0 && height > 2 ? 1 : 0;
          const names = ['swatch', open && 'open', at === looked && 'looked'].filter(Boolean).join(' ');
          return (
            <rect
              key={at}
              class={names}
              x={left + place * width}
              width={width * 0.94}
              y={Math.min(y, foot)}
              height={height - gap}
            />
          );
        })}
      </g>
    );
  });
}
