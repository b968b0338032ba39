import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { PersonEvent } from '../../protocol/api.js';
import { DataTable } from '../components/data-table.js';
import { useTapElsewhere } from '../components/elsewhere.js';
import { useKept } from '../components/kept-place.js';
import { onKeys } from '../components/keys.js';
import { addDays, today, weekdayOf } from '../days.js';
import { longDay, month, number } from '../format.js';
import { timeZone } from '../time-zone.js';
import { countByDay, dayOf } from './days.js';

const STEP = 14;
const TOP = 18;
const YEAR = 364;
/** The fewest days that the calendar shows, also for a newer person. */
const LEAST_DAYS = 90;

interface Day {
  day: string;
  count: number;
}

interface Place {
  x: number;
  y: number;
}

interface CalendarProps {
  events: readonly PersonEvent[];
  /** Called when a day is chosen. */
  onDay: (day: string) => void;
}

/**
 * On which days of the last year somebody was active. Days with more events are larger, and have another colour. A click on a day
 * leads to it in the timeline; on a phone the first tap selects the day.
 */
export function Calendar({ events, onDay }: CalendarProps): ComponentChildren {
  const [asTable, setAsTable] = useKept('table', false);
  const [at, setAt] = useState<number>();
  const frame = useRef<HTMLDivElement>(null);
  /** This tap has selected another day: it shows the number of events, and does not lead to the timeline. */
  const isFirstTap = useRef(false);
  const leave = (): void => setAt(undefined);
  useTapElsewhere(frame, leave);
  const days = useMemo(() => daysOf(events), [events]);
  const active = days.filter(({ count }) => count > 0);
  const most = Math.max(1, ...active.map(({ count }) => count));
  const weekday = weekdayOf(days[0]!.day) - 1;
  const column = (index: number): number => Math.floor((index + weekday) / 7);
  /** The middle of a day's cell, in pixels. */
  const placeOf = (index: number): Place => ({
    x: column(index) * STEP + STEP / 2,
    y: TOP + ((index + weekday) % 7) * STEP + STEP / 2,
  });
  // The same elements while the pointer moves: Preact does not compare them again.
  const cells = useMemo(() => <Cells days={days} most={most} placeOf={placeOf} />, [days]);
  const last = days.length - 1;
  /** The day at the pointer; undefined if there is none. */
  const indexAt = ({ currentTarget, clientX, clientY }: TargetedMouseEvent<SVGSVGElement>): number | undefined => {
    const { left, top } = currentTarget.getBoundingClientRect();
    const row = Math.floor((clientY - top - TOP) / STEP);
    const index = Math.floor((clientX - left) / STEP) * 7 + row - weekday;
    return row >= 0 && row < 7 && index >= 0 && index <= last ? index : undefined;
  };
  const move = (by: number): void => setAt(Math.min(last, Math.max(0, (at ?? last + 1) + by)));
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move(at === undefined ? -1 : -7),
    ArrowRight: () => move(7),
    ArrowUp: () => move(-1),
    ArrowDown: () => move(1),
    Home: () => setAt(0),
    End: () => setAt(last),
    Escape: leave,
    Enter: () => at !== undefined && days[at]!.count > 0 && onDay(days[at]!.day),
  };
  const sentence = (index: number): string =>
    `${longDay(days[index]!.day)}: ${number(days[index]!.count)} ${days[index]!.count === 1 ? 'event' : 'events'}`;
  const [from, since] = [days[0]!.day, dayOf(events[0]!.time)];
  const summary = `${number(active.length)} active ${active.length === 1 ? 'day' : 'days'} since ${longDay(since > from ? since : from)}`;
  return (
    <section class="calendar">
      <div class="figure-head">
        <h2>Activity</h2>
        <span class="figure-ways">
          <span class="said quiet" aria-hidden={at !== undefined}>
            <span class={at === undefined ? undefined : 'covered'}>{summary}</span>
            {at !== undefined && <span>{sentence(at)}</span>}
          </span>
          <button
            type="button"
            class="plain"
            aria-label="Activity, as table"
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            As table
          </button>
        </span>
      </div>
      {asTable ? (
        <div class="figure-table" tabIndex={0} role="region" aria-label="Active days">
          <DataTable
            caption="Events by day"
            columns={[
              { head: 'Day', cell: ({ day }) => longDay(day) },
              { head: 'Events', numeric: true, cell: ({ count }) => number(count) },
            ]}
            rows={active.toReversed()}
            keyOf={({ day }) => day}
          />
        </div>
      ) : (
        <div
          ref={frame}
          class="calendar-frame"
          // As for a chart: screen readers leave the arrow keys to a slider, and say its value.
          role="slider"
          aria-valuemin={1}
          aria-valuemax={days.length}
          aria-valuenow={(at ?? last) + 1}
          aria-valuetext={at === undefined ? 'No day is selected' : sentence(at)}
          aria-roledescription="calendar"
          aria-label={`${summary}. The arrow keys move through the days, Enter shows one in the timeline.`}
          tabIndex={0}
          onKeyDown={onKeys(keys)}
          onBlur={leave}
          // The finger scrolls the page or the calendar.
          onPointerCancel={leave}
          // A finger leaves when it is lifted, and then the day can be read.
          onPointerLeave={({ pointerType }) => pointerType !== 'touch' && leave()}
        >
          <svg
            width={(column(last) + 1) * STEP}
            height={TOP + 7 * STEP}
            aria-hidden="true"
            class={at !== undefined && days[at]!.count > 0 ? 'opens' : undefined}
            onPointerMove={(event) => setAt(indexAt(event))}
            onPointerDown={(event) => {
              isFirstTap.current = event.pointerType === 'touch' && indexAt(event) !== at;
              if (isFirstTap.current) setAt(indexAt(event));
            }}
            onClick={(event) => {
              if (isFirstTap.current) return;
              const index = indexAt(event);
              if (index !== undefined && days[index]!.count > 0) onDay(days[index]!.day);
            }}
          >
            {cells}
            {at !== undefined && (
              <rect class="looked" x={placeOf(at).x - 7} y={placeOf(at).y - 7} width={14} height={14} rx={3} />
            )}
          </svg>
        </div>
      )}
    </section>
  );
}

interface CellsProps {
  days: readonly Day[];
  /** The most events of a day. */
  most: number;
  placeOf: (index: number) => Place;
}

/** A cell for each active day, and the names of the months. All other days are one path: a year of elements takes long to render. */
function Cells({ days, most, placeOf }: CellsProps): ComponentChildren {
  // A line of length 0 with round ends is a dot.
  const inactive = days.map(({ count }, index) => (count ? '' : `M${placeOf(index).x} ${placeOf(index).y}h0`)).join('');
  return (
    <>
      <path class="inactive" d={inactive} />
      {days.map(({ day, count }, index) => {
        const { x, y } = placeOf(index);
        const level = count && Math.ceil((4 * Math.log1p(count)) / Math.log1p(most));
        const size = 5 + level * 1.5;
        return (
          <>
            {day.endsWith('-01') && (
              <text x={x - STEP / 2} y={11}>
                {month(day)}
              </text>
            )}
            {level > 0 && (
              <rect
                class={`active level-${level}`}
                x={x - size / 2}
                y={y - size / 2}
                width={size}
                height={size}
                rx={2}
              />
            )}
          </>
        );
      })}
    </>
  );
}

/** The days since the first event: at least LEAST_DAYS, at most those of the last year. */
function daysOf(events: readonly PersonEvent[]): Day[] {
  const last = today(timeZone());
  const since = dayOf(events[0]!.time);
  const [earliest, latest] = [addDays(last, -YEAR), addDays(last, 1 - LEAST_DAYS)];
  const first = since < earliest ? earliest : since > latest ? latest : since;
  return countByDay(
    events.map(({ time }) => time),
    first,
    last,
  );
}
