import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { shown } from '../bidi.js';
import { number, short } from '../format.js';
import { Bars, Lines, seriesAt, stacked } from './chart-marks.js';
import { scalesOf, TICK_GAP } from './chart-scales.js';
import { useTapElsewhere } from './elsewhere.js';
import { onKeys } from './keys.js';
import { classOf, type Point, type Series } from './series.js';

export interface ChartProps {
  /** A description for screen readers. */
  label: string;
  /** Series that are parts of a whole are stacked. */
  kind: 'line' | 'area' | 'bars' | 'stacked';
  /** The label of each point, such as its day. */
  labels: string[];
  /** The full labels, for the selected point. */
  longLabels?: string[];
  series: Series[];
}

const HEIGHT = 220;

/**
 * Series over time, as SVG. A point is selected by pointer or arrow keys. Its values are shown in the line above the chart, where
 * they hide nothing, also on a phone. A click opens the people behind the nearest value; on a phone the first tap selects the point.
 * Up and down choose one of several series whose people are known, and Enter opens the people behind its value.
 */
export function Chart({ label, kind, labels, longLabels = labels, series }: ChartProps): ComponentChildren {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [at, setAt] = useState<number>();
  const [isByKey, setByKey] = useState(false);
  /** This tap has selected another point: it shows the values, and opens no people. */
  const isFirstTap = useRef(false);
  useTapElsewhere(frame, () => setAt(undefined));
  const last = labels.length - 1;
  const isBars = kind === 'bars' || kind === 'stacked';
  const isSideBySide = kind === 'bars' && series.filter(({ before }) => !before).length > 1;
  const scales = scalesOf(width, HEIGHT, labels, kind === 'stacked' ? stacked(series) : series, enlarged());
  const looked = at !== undefined && at <= last ? at : undefined;
  const opened = series.filter(({ points }) => points.some(({ href }) => href));
  // If the series have changed since, the first one is chosen.
  const [name, setName] = useState<string>();
  const chosen = opened.find((one) => one.name === name) ?? opened[0];
  const isChoice = opened.length > 1;

  const open = (point: Point | undefined, isTab = false): void => {
    if (point?.href && isTab) window.open(point.href, '_blank', 'noopener');
    else if (point?.href) location.assign(point.href);
  };
  const indexAt = (x: number): number => scales.indexAt(x - frame.current!.getBoundingClientRect().left);
  /** Opens the people of the series that was pointed at, as a link does. */
  const openNear = ({ clientX, clientY, ctrlKey, metaKey }: MouseEvent): void => {
    if (isFirstTap.current) return;
    const { left, top } = frame.current!.getBoundingClientRect();
    // Side by side, the bar at the pointer; else the nearest value, which may be that of the days before.
    if (isSideBySide && looked !== undefined) {
      open(seriesAt(clientX - left, looked, scales, series).points[looked], ctrlKey || metaKey);
      return;
    }
    const y = clientY - top;
    const distance = (point: Point | undefined): number => Math.abs(scales.y(point?.value ?? 0) - y);
    const points = opened.map(({ points }) => points[looked ?? -1]);
    open(points.sort((one, other) => distance(one) - distance(other))[0], ctrlKey || metaKey);
  };
  const choose = (by: number): void => {
    const place = opened.indexOf(chosen!) + by;
    if (opened[place]) setName(opened[place].name);
    setAt(looked ?? last);
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => setAt(Math.max(0, (looked ?? last + 1) - 1)),
    ArrowRight: () => setAt(Math.min(last, (looked ?? -1) + 1)),
    Home: () => setAt(0),
    End: () => setAt(last),
    Escape: () => setAt(undefined),
    ...(isChoice && { ArrowUp: () => choose(-1), ArrowDown: () => choose(1) }),
    Enter: () => open(chosen?.points[looked ?? -1]),
  };
  const said =
    looked === undefined
      ? 'No point is selected'
      : sentence(looked, longLabels, series) + (isChoice ? `. Enter opens the people of ${chosen!.name}` : '');
  const help = [
    `${label}. ${labels.length} points: the arrow keys left and right move through them`,
    isChoice && `up and down choose a ${isBars ? 'bar' : 'line'}`,
    chosen && 'Enter opens the people',
  ];

  return (
    <div class="chart">
      <Legend
        series={series}
        kind={kind}
        looked={looked}
        chosen={isChoice && isByKey ? chosen : undefined}
        label={looked === undefined ? '' : longLabels[looked]!}
      />
      <div
        ref={frame}
        class="plot"
        // Screen readers leave the arrow keys to a slider and say its value. Orca does not leave them to an application.
        role="slider"
        aria-valuemin={1}
        aria-valuemax={labels.length}
        aria-valuenow={(looked ?? last) + 1}
        aria-valuetext={said}
        aria-roledescription="chart"
        aria-label={`${help.filter(Boolean).join(', ')}.`}
        tabIndex={0}
        onKeyDown={(event) => {
          setByKey(true);
          onKeys(keys)(event);
        }}
        onBlur={() => setAt(undefined)}
        onPointerMove={(event) => {
          setByKey(false);
          setAt(indexAt(event.clientX));
        }}
        onPointerDown={({ clientX, pointerType }) => {
          isFirstTap.current = pointerType === 'touch' && indexAt(clientX) !== looked;
          if (isFirstTap.current) setAt(indexAt(clientX));
        }}
        // The finger scrolls the page. What it has selected on its way would be opened by the next tap.
        onPointerCancel={() => setAt(undefined)}
        // A finger leaves when it is lifted, and then the values can be read.
        onPointerLeave={({ pointerType }) => pointerType !== 'touch' && setAt(undefined)}
        onClick={openNear}
      >
        <svg
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          aria-hidden="true"
          class={chosen && 'opens'}
        >
          {scales.ticks.map((tick) => (
            <g key={tick} class="tick">
              <line
                x1={scales.left}
                x2={width}
                y1={scales.y(tick)}
                y2={scales.y(tick)}
                class={tick === 0 ? 'zero' : undefined}
              />
              <text x={scales.left - TICK_GAP} y={scales.y(tick)} dy="0.32em">
                {short(tick)}
              </text>
            </g>
          ))}
          {scales.shownLabels.map(({ index, x, anchor }) => (
            <text key={index} class="label" x={x} y={HEIGHT - 6} text-anchor={anchor}>
              {labels[index]}
            </text>
          ))}
          {looked !== undefined && !isBars && (
            <line class="guide" x1={scales.x(looked)} x2={scales.x(looked)} y1={scales.top} y2={scales.bottom} />
          )}
          {isBars ? (
            <Bars scales={scales} series={series} looked={looked} isStacked={kind === 'stacked'} />
          ) : (
            <Lines scales={scales} series={series} looked={looked} isArea={kind === 'area'} />
          )}
        </svg>
      </div>
    </div>
  );
}

/** The names of the series, with the values of the selected point. */
function Legend({
  series,
  kind,
  looked,
  chosen,
  label,
}: Pick<ChartProps, 'series' | 'kind'> & {
  looked: number | undefined;
  /** The series whose people Enter opens. */
  chosen: Series | undefined;
  label: string;
}): ComponentChildren {
  return (
    <p class="legend" aria-hidden="true">
      {series.map((one, index) => {
        const { name, before, points } = one;
        const point = looked === undefined ? undefined : points[looked];
        const names = ['key', classOf(one, index), point && one === chosen && 'chosen'];
        return (
          <span key={name} class={names.filter(Boolean).join(' ')}>
            <svg width={22} height={10}>
              {(kind === 'bars' || kind === 'stacked') && !before ? (
                <rect class="swatch" width={22} height={10} />
              ) : (
                <line class="stroke" x1={0} x2={22} y1={5} y2={5} />
              )}
            </svg>
            <bdi>{shown(name)}</bdi>
            {point && <strong>{point.value === null ? '–' : number(point.value)}</strong>}
            {point?.open && <span class="quiet">so far</span>}
          </span>
        );
      })}
      <span class="looked">{label}</span>
    </p>
  );
}

function sentence(index: number, labels: string[], series: Series[]): string {
  const values = series.map(({ name, points }) => {
    const point = points[index];
    return `${name}: ${!point || point.value === null ? 'none' : number(point.value)}${point?.open ? ' so far' : ''}`;
  });
  return `${labels[index]}. ${values.join(', ')}`;
}

/** How many times as large as usual the reader's text is. */
const enlarged = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** The width of charts on paper, somewhat more than a sheet of A4 or Letter paper has: print.css makes them smaller. */
const PAPER = 800;

/**
 * The available width: known before the first paint, and updated when it changes. For paper the chart is drawn anew: if the chart of a
 * wide screen were only made smaller, nobody could read its numbers.
 */
function useWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => setWidth(frame.current!.clientWidth);
    const print = (): void => setWidth(PAPER);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current!);
    addEventListener('beforeprint', print);
    addEventListener('afterprint', measure);
    return () => {
      observer.disconnect();
      removeEventListener('beforeprint', print);
      removeEventListener('afterprint', measure);
    };
  }, []);
  return width;
}
