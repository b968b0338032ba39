import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { Condition, EventCondition, PropertyCondition } from '../../protocol/reports.js';
import { NameField } from '../components/name-field.js';
import { numberOr } from '../value-tests.js';
import { DaysFields } from './days-fields.js';
import { useFault } from './faults.js';
import { useFormer } from './former.js';
import { countOf, withDays, withWhere, type Count } from './condition-kinds.js';
import { SiteNames } from './names.js';
import { OneTest, WhereFields } from './test-fields.js';

/** The fields of a condition that contains no others: about an event or about a property. */

export interface ConditionProps<C = Condition> {
  condition: C;
  /** The path in the question, by which the API names a fault. */
  at: string;
  onChange: (condition: C) => void;
}

/** A current value has no days. */
export function HadFields({ condition, at, onChange }: ConditionProps<PropertyCondition>): ComponentChildren {
  return (
    <>
      <OneTest test={condition} days={condition} isCurrent={condition.value === 'last'} at={at} onChange={onChange} />
      {condition.value === undefined && (
        <DaysFields days={condition} at={at} onChange={(days) => onChange(withDays(condition, days))} />
      )}
    </>
  );
}

const COUNTS: Record<Count, string> = {
  once: 'once or more',
  atLeast: 'at least',
  atMost: 'at most',
  exactly: 'exactly',
};

/** @param times ignored for `once`; if undefined, the number of the former count, or 2 */
function withCount(condition: EventCondition, kind: Count, times?: string | number): EventCondition {
  const { atLeast, atMost, exactly, ...step } = condition;
  return kind === 'once' ? step : { ...step, [kind]: times ?? atLeast ?? atMost ?? exactly ?? 2 };
}

export function DidFields({
  condition,
  at,
  isNever,
  onChange,
}: ConditionProps<EventCondition> & { isNever: boolean }): ComponentChildren {
  const { events } = useContext(SiteNames);
  const isNamed = useFault(`${at}.event`);
  const count = countOf(condition);
  const isCounted = useFault(`${at}.${count}`);
  const times = count === 'once' ? undefined : String(condition[count]);
  const former = useFormer(condition);
  return (
    <>
      <NameField
        label="Event"
        hideLabel
        value={condition.event}
        choices={events}
        invalid={isNamed !== undefined}
        onChoose={(event) => onChange({ ...condition, event })}
      />
      {!isNever && (
        <select
          aria-label="How often"
          value={count}
          onChange={(event) => {
            const kind = event.currentTarget.value as Count;
            onChange(former((from) => withCount(from, kind)));
          }}
        >
          {Object.entries(COUNTS).map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
      )}
      {!isNever && times !== undefined && (
        <span class="fields">
          <input
            class="count"
            inputMode="numeric"
            aria-label="Times"
            aria-invalid={isCounted ? true : undefined}
            autocomplete="off"
            value={times}
            onInput={(event) => onChange(withCount(condition, count, numberOr(event.currentTarget.value)))}
          />
          <span class="word">times</span>
        </span>
      )}
      <DaysFields days={condition} at={at} onChange={(days) => onChange(withDays(condition, days))} />
      <WhereFields
        event={condition.event}
        where={condition.where}
        days={condition}
        at={at}
        onChange={(where) => onChange(withWhere(condition, where))}
      />
    </>
  );
}
