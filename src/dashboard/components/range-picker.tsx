import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { FIRST_DAY, LAST_DAY, MOST_DAYS, type Range } from '../../protocol/reports.js';
import { comparedDays, firstDay, keptDays, missingDays, whyNotCompared } from '../compared-days.js';
import { daysIn, today } from '../days.js';
import { days, fullDay, number, shortDays } from '../format.js';
import { CALENDAR, LATEST, NAMES, type Preset } from '../presets.js';
import { timeZone } from '../time-zone.js';
import { setView, type View } from '../view.js';

/**
 * The days of a report, first and last included, and whether they are compared with the days before.
 * @param isNobody there is nothing to compare, since nobody came: then no compared days are named
 */
export function RangePicker({ view, isNobody }: { view: View; isNobody?: boolean }): ComponentChildren {
  const compared = view.compare && !isNobody ? comparedDays(view) : undefined;
  const why = view.compare ? whyNotCompared(view) : undefined;
  const [isOpen, setOpen] = useState(false);
  const others = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    // The choices disappear. The focus stays in the picker.
    others.current!.focus();
  };
  const isLatest = view.preset !== undefined && view.preset in LATEST;
  return (
    <div class="range-picker">
      <div class="choices" role="group" aria-label="Days">
        <Presets
          of={LATEST}
          pressed={isOpen ? undefined : view.preset}
          onChoose={(days) => {
            setOpen(false);
            setView({ days });
          }}
        />
        <button
          ref={others}
          type="button"
          aria-pressed={isOpen || !isLatest}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isLatest || !view.preset ? 'Other days' : NAMES[view.preset]}
        </button>
      </div>
      <label class="switch">
        <input
          type="checkbox"
          checked={view.compare}
          onChange={(event) => setView({ compare: event.currentTarget.checked })}
        />
        Compare
      </label>
      {isOpen && (
        <OtherDays
          view={view}
          onCancel={close}
          onDone={(days) => {
            close();
            setView({ days });
          }}
        />
      )}
      <p class="printed">
        {days(view)}
        {compared && (
          <>
            {' · '}
            {!compared.isWhole && `${shortDays(compared.over)} `}compared with {days(compared.before)}
            {!compared.isWhole && ', since today has not ended'}
          </>
        )}
        {why === 'future' && ' · these days have not begun'}
        {why === 'today' && ' · not compared, since today has not ended'}
        {(why === 'not sent' || why === 'removed') && ` · not compared with ${days(missingDays(view)!)}, since `}
        {why === 'not sent' && `the first hit is from ${fullDay(firstDay()!)}`}
        {why === 'removed' && `hits are kept for ${number(keptDays()!)} days`}
      </p>
    </div>
  );
}

interface PresetsProps {
  of: Partial<Record<Preset, string>>;
  pressed: Preset | undefined;
  onChoose: (preset: Preset) => void;
}

const Presets = ({ of, pressed, onChoose }: PresetsProps): ComponentChildren =>
  (Object.keys(of) as Preset[]).map((preset) => (
    <button key={preset} type="button" aria-pressed={pressed === preset} onClick={() => onChoose(preset)}>
      {of[preset]}
    </button>
  ));

interface OtherDaysProps {
  view: View;
  onDone: (days: Preset | Range) => void;
  onCancel: () => void;
}

/** Days of the calendar, and fields for the first day and the last one. */
function OtherDays({ view, onDone, onCancel }: OtherDaysProps): ComponentChildren {
  return (
    <div class="other-days" onKeyDown={({ key }) => key === 'Escape' && onCancel()}>
      <div class="choices" role="group" aria-label="Days of the calendar">
        <Presets of={CALENDAR} pressed={view.preset} onChoose={onDone} />
      </div>
      <DaysForm range={view} onDone={onDone} />
    </div>
  );
}

function DaysForm({ range, onDone }: { range: Range; onDone: (range: Range) => void }): ComponentChildren {
  const [fault, setFault] = useState('');
  return (
    <form
      class="days-form"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget);
        const [from, to] = ['from', 'to'].map((name) => typed.get(name) as string) as [string, string];
        if (!from || !to) setFault('Both days are needed.');
        else if (daysIn({ from, to }) < 1) setFault('The last day is before the first.');
        else if (daysIn({ from, to }) > MOST_DAYS) setFault(`At most ${number(MOST_DAYS)} days can be shown.`);
        else if (from < FIRST_DAY || to > LAST_DAY)
          setFault(`Choose days within ${days({ from: FIRST_DAY, to: LAST_DAY })}.`);
        else onDone({ from, to });
      }}
    >
      <label>
        From <input type="date" name="from" defaultValue={range.from} />
      </label>
      <label>
        to <input type="date" name="to" defaultValue={range.to} max={today(timeZone())} />
      </label>
      <button class="primary">Show</button>
      <span class="quiet">Both days are included.</span>
      {fault && (
        <span class="field-fault" role="alert">
          {fault}
        </span>
      )}
    </form>
  );
}
