import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { FIRST_DAY, LAST_DAY, MOST_DAYS, type Range } from '../../protocol/reports.js';
import { daysIn, today } from '../days.js';
import { days, number, shortDays, timeZone } from '../format.js';
import { comparedDays, keptDays, PRESETS, setView, whyNotCompared, type Preset, type View } from '../view.js';

/** The days of a report, first and last included, and whether they are compared with the days before. */
export function RangePicker({ view }: { view: View }): ComponentChildren {
  const compared = view.compare ? comparedDays(view) : undefined;
  const why = view.compare ? whyNotCompared(view) : undefined;
  const [typing, setTyping] = useState(false);
  const custom = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setTyping(false);
    // The fields disappear. The focus stays in the picker.
    custom.current!.focus();
  };
  return (
    <div class="range-picker">
      <div class="choices" role="group" aria-label="Days">
        {(Object.keys(PRESETS) as Preset[]).map((preset) => (
          <button
            key={preset}
            type="button"
            aria-pressed={!typing && view.preset === preset}
            onClick={() => {
              setTyping(false);
              setView({ days: preset });
            }}
          >
            {PRESETS[preset]}
          </button>
        ))}
        <button
          ref={custom}
          type="button"
          aria-pressed={typing || !view.preset}
          aria-expanded={typing}
          onClick={() => setTyping(!typing)}
        >
          Custom
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
      {typing && (
        <DaysForm
          range={view}
          onCancel={close}
          onDone={(range) => {
            close();
            setView({ days: range });
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
        {why === 'today' && ' · not compared, since today has not ended'}
        {why === 'removed' && ` · not compared, since hits are kept for ${number(keptDays()!)} days`}
      </p>
    </div>
  );
}

interface DaysFormProps {
  range: Range;
  onDone: (range: Range) => void;
  onCancel: () => void;
}

function DaysForm({ range, onDone, onCancel }: DaysFormProps): ComponentChildren {
  const [fault, setFault] = useState('');
  return (
    <form
      class="days-form"
      onKeyDown={({ key }) => key === 'Escape' && onCancel()}
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget);
        const [from, to] = ['from', 'to'].map((name) => typed.get(name) as string) as [string, string];
        if (!from || !to) setFault('Both days are needed.');
        else if (daysIn({ from, to }) < 1) setFault('The last day is before the first.');
        else if (daysIn({ from, to }) > MOST_DAYS) setFault(`At most ${number(MOST_DAYS)} days can be shown.`);
        else if (from < FIRST_DAY || to > LAST_DAY)
          setFault(`Reports have the days ${days({ from: FIRST_DAY, to: LAST_DAY })}.`);
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
