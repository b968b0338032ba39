import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Days } from '../../protocol/reports.js';
import { useTyped } from '../components/typed.js';
import { addDays, today } from '../days.js';
import { isPreset, NAMES, rangeOf, type Preset } from '../presets.js';
import { timeZone } from '../time-zone.js';
import { useFault } from './faults.js';
import { useFormer } from './former.js';

const KINDS = { ever: 'at any time', since: 'since', until: 'until', between: 'between' } as const;

type Kind = keyof typeof KINDS;

/** The days with a name are written into the fields: a condition keeps its days when the calendar goes on. */
const PRESETS = (Object.keys(NAMES) as Preset[]).map((preset): [Preset, string] => [
  preset,
  (/^\d/.test(preset) ? `the last ${NAMES[preset]}` : NAMES[preset]).toLowerCase(),
]);

interface DaysProps {
  days: Days;
  /** The path of the condition in the question; without it, these are the days of the question itself. */
  at?: string;
  onChange: (days: Days) => void;
}

/** The first and the last day of a condition, or of the columns. */
export function DaysFields({ days, at, onChange }: DaysProps): ComponentChildren {
  const { from, to } = days;
  const memberOf = (name: 'from' | 'to'): string => (at === undefined ? name : `${at}.${name}`);
  const former = useFormer<Days>({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
  const kind: Kind =
    from === undefined ? (to === undefined ? 'ever' : 'until') : to === undefined ? 'since' : 'between';
  const last = today(timeZone());
  const [preset, setPreset] = useState<Preset>();
  const isNamed = preset !== undefined && sameDays(rangeOf(preset), days);
  const choose = (chosen: string): void => {
    setPreset(isPreset(chosen) ? chosen : undefined);
    onChange(
      former(({ from = addDays(last, -29), to = last }) =>
        isPreset(chosen)
          ? rangeOf(chosen)
          : {
              ...((chosen === 'since' || chosen === 'between') && { from }),
              ...((chosen === 'until' || chosen === 'between') && { to }),
            },
      ),
    );
  };
  return (
    <span class="fields of-days">
      <select aria-label="When" value={isNamed ? preset : kind} onChange={(event) => choose(event.currentTarget.value)}>
        {[...Object.entries(KINDS), ...PRESETS].map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
      {from !== undefined && (
        <Day
          label="First day"
          value={from}
          at={memberOf('from')}
          onChange={(day) => onChange({ ...days, from: day })}
        />
      )}
      {kind === 'between' && <span class="word">{isNamed ? 'to' : 'and'}</span>}
      {to !== undefined && (
        <Day label="Last day" value={to} at={memberOf('to')} onChange={(day) => onChange({ ...days, to: day })} />
      )}
    </span>
  );
}

const sameDays = (one: Days, other: Days): boolean => one.from === other.from && one.to === other.to;

function Day({
  label,
  value,
  at,
  onChange,
}: {
  label: string;
  value: string;
  at: string;
  onChange: (day: string) => void;
}): ComponentChildren {
  const fault = useFault(at);
  return (
    <input type="date" aria-label={label} aria-invalid={fault ? true : undefined} {...useTyped(value, onChange)} />
  );
}
