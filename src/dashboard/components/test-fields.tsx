import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { BreakdownQuestion } from '../../protocol/reports.js';
import { useReport } from '../ask.js';
import { choice } from '../names.js';
import { isBare, isNegative, isNumeric, OPERATORS, type TypedTest, type Operator } from '../value-tests.js';
import { NameField, type Choice } from './name-field.js';
import { useTyped } from './typed.js';

interface TestFieldsProps {
  typed: TypedTest;
  properties: readonly Choice[];
  /** A hit is tested, and not a person. */
  isOfHit: boolean;
  /** The question whose values are offered, each with the number of people who have it. */
  of: Omit<BreakdownQuestion, 'property'>;
  fault?: string | undefined;
  /** The fault is shown elsewhere. */
  invalid?: { property: boolean; value: boolean };
  onType: (typed: TypedTest) => void;
}

/** A property, a comparison and a value. The names and values of the site are offered. */
export function TestFields({
  typed,
  properties,
  isOfHit,
  of,
  fault,
  invalid,
  onType,
}: TestFieldsProps): ComponentChildren {
  const { property, operator, value } = typed;
  // Values are requested when the list of choices opens.
  const [wanted, setWanted] = useState(false);
  const question = wanted && property !== '' && of.event !== '' ? { ...of, property } : undefined;
  const { answer } = useReport('breakdown', question);
  const values = (question && answer?.values) ?? [];
  const choices = values.flatMap(({ value, people }) =>
    value === null || value === '' ? [] : [choice({ name: value, people })],
  );
  const amount = useTyped(value, (value) => onType({ ...typed, value }));
  const isOfAmount = fault !== undefined && isNumeric(operator);
  return (
    <>
      <NameField
        label="Property"
        hideLabel
        placeholder="Property"
        autoFocus={property === ''}
        value={property}
        choices={properties}
        fault={isOfAmount ? undefined : fault}
        invalid={invalid?.property ?? false}
        onChoose={(chosen) => onType({ ...typed, property: chosen })}
      />
      <select
        aria-label="Comparison"
        value={operator}
        onChange={({ currentTarget }) => onType({ ...typed, operator: currentTarget.value as Operator })}
      >
        {Object.entries(OPERATORS).map(
          ([name, words]) =>
            (isOfHit || !isNegative(name as Operator)) && (
              <option key={name} value={name}>
                {words}
              </option>
            ),
        )}
      </select>
      {isNumeric(operator) && (
        <input
          class="amount"
          inputMode="decimal"
          aria-label="Value"
          aria-invalid={isOfAmount || invalid?.value || undefined}
          autocomplete="off"
          {...amount}
        />
      )}
      {isOfAmount && (
        <span class="field-fault" role="alert">
          {fault}
        </span>
      )}
      {!isNumeric(operator) && !isBare(operator) && (
        <NameField
          label="Value"
          hideLabel
          free
          placeholder="Value"
          value={value}
          choices={choices}
          invalid={invalid?.value ?? false}
          onOpen={() => setWanted(true)}
          onChoose={(chosen) => onType({ ...typed, value: chosen })}
        />
      )}
    </>
  );
}
