import type { ComponentChildren } from 'preact';
import type { Days } from '../../protocol/reports.js';
import { useTyped } from '../components/typed.js';
import { addDays, today } from '../days.js';
import { timeZone } from '../format.js';
import { useFault } from './faults.js';
import { useFormer } from './former.js';

const KINDS = { ever: 'at any time', since: 'since', until: 'until', between: 'between' } as const;

type Kind = keyof typeof KINDS;

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
  const choose = (chosen: Kind): void => {
    onChange(
      former(({ from = addDays(last, -29), to = last }) => ({
        ...((chosen === 'since' || chosen === 'between') && { from }),
        ...((chosen === 'until' || chosen === 'between') && { to }),
      })),
    );
  };
  return (
    <span class="fields">
      <select aria-label="When" value={kind} onChange={(event) => choose(event.currentTarget.value as Kind)}>
        {Object.entries(KINDS).map(([name, words]) => (
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
      {kind === 'between' && <span class="word">and</span>}
      {to !== undefined && (
        <Day label="Last day" value={to} at={memberOf('to')} onChange={(day) => onChange({ ...days, to: day })} />
      )}
    </span>
  );
}

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
