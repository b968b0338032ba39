import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { OrderedCondition } from '../../protocol/reports.js';
import { NameField } from '../components/name-field.js';
import { DaysFields } from './days-fields.js';
import { useFault } from './faults.js';
import { withDays, withWhere } from './condition-kinds.js';
import { SiteNames } from './names.js';
import { WhereFields } from './test-fields.js';

/** Events that were done in this order. @param isNever two events, of which the second one was never done after the first one */
export function OrderFields({
  inOrder,
  isNever,
  at,
  onChange,
}: {
  inOrder: OrderedCondition[];
  isNever?: boolean;
  /** The path of an event in the question. */
  at: (index: number) => string;
  onChange: (inOrder: OrderedCondition[]) => void;
}): ComponentChildren {
  const { events } = useContext(SiteNames);
  return (
    <div class="conditions">
      <ol>
        {inOrder.map((step, index) => (
          <li key={index}>
            <span class="word between">{index > 0 && (isNever ? 'then never' : 'then')}</span>
            <div class="row-fields">
              <StepFields
                step={step}
                at={at(index)}
                onChange={(changed) => onChange(inOrder.map((one, other) => (other === index ? changed : one)))}
              />
            </div>
            {!isNever && inOrder.length > 1 && (
              <button
                type="button"
                class="plain remove"
                aria-label={`Remove step ${index + 1}`}
                onClick={() => onChange(inOrder.filter((_, other) => other !== index))}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ol>
      {!isNever && (
        <p class="adding">
          <button type="button" onClick={() => onChange([...inOrder, { event: events[0]?.name ?? '' }])}>
            Then…
          </button>
        </p>
      )}
    </div>
  );
}

function StepFields({
  step,
  at,
  onChange,
}: {
  step: OrderedCondition;
  at: string;
  onChange: (step: OrderedCondition) => void;
}): ComponentChildren {
  const { events } = useContext(SiteNames);
  const isNamed = useFault(`${at}.event`);
  return (
    <div class="fields">
      <NameField
        label="Event"
        hideLabel
        value={step.event}
        choices={events}
        invalid={isNamed !== undefined}
        onChoose={(event) => onChange({ ...step, event })}
      />
      <DaysFields days={step} at={at} onChange={(days) => onChange(withDays(step, days))} />
      <WhereFields
        event={step.event}
        where={step.where}
        days={step}
        at={at}
        onChange={(where) => onChange(withWhere(step, where))}
      />
    </div>
  );
}
