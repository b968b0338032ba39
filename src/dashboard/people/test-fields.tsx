import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { PropertyTest } from '../../protocol/reports.js';
import { Picker } from '../components/picker.js';
import { useFault } from './faults.js';
import { OPERATIONS, operationOf, testWith, valueOf, type Operation } from './kinds.js';
import { SiteNames } from './names.js';

interface TestProps<T> {
  test: T;
  /** Where it is in the question. */
  at: string;
  onChange: (test: T) => void;
  focused?: boolean;
}

/** A property, how it is compared, and with what. */
export function TestFields<T extends PropertyTest>({ test, at, onChange, focused }: TestProps<T>): ComponentChildren {
  const { properties } = useContext(SiteNames);
  const operation = operationOf(test);
  const value = valueOf(test);
  const isNamed = useFault(`${at}.property`);
  const isValued = useFault(`${at}.${operation}`);
  const isNumber = operation === 'greater' || operation === 'less';
  return (
    <>
      <Picker
        label="Property"
        value={test.property}
        names={properties}
        invalid={isNamed !== undefined}
        focused={focused ?? false}
        onChange={(property) => onChange({ ...test, property })}
      />
      <select
        aria-label="Comparison"
        value={operation}
        onChange={(event) => onChange(testWith(test, event.currentTarget.value as Operation, value ?? ''))}
      >
        {Object.entries(OPERATIONS).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
      {value !== undefined && (
        <input
          class="value"
          aria-label="Value"
          aria-invalid={isValued ? true : undefined}
          inputMode={isNumber ? 'decimal' : 'text'}
          autocomplete="off"
          autocapitalize="off"
          dir="auto"
          value={value}
          onInput={(event) => onChange(testWith(test, operation, event.currentTarget.value))}
        />
      )}
    </>
  );
}

/** What is said of an event's own properties. */
export function WhereFields({
  where = [],
  at,
  onChange,
}: {
  where?: PropertyTest[] | undefined;
  at: string;
  onChange: (where: PropertyTest[] | undefined) => void;
}): ComponentChildren {
  const { properties } = useContext(SiteNames);
  const first = properties[0]?.name ?? '';
  return (
    <>
      {where.map((test, index) => (
        <span key={index} class="fields">
          <span class="word">{index ? 'and' : 'with'}</span>
          <TestFields
            test={test}
            at={`${at}.where[${index}]`}
            onChange={(changed) => onChange(where.map((one, other) => (other === index ? changed : one)))}
          />
          <button
            type="button"
            class="plain"
            aria-label={`Remove “with ${test.property}”`}
            onClick={() => onChange(where.length > 1 ? where.filter((_, other) => other !== index) : undefined)}
          >
            ×
          </button>
        </span>
      ))}
      <button type="button" class="plain" onClick={() => onChange([...where, { property: first, contains: '' }])}>
        {where.length ? '+ and with' : '+ with'}
      </button>
    </>
  );
}
