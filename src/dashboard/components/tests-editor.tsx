import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { BreakdownQuestion, PropertyTest, Range } from '../../protocol/reports.js';
import { useReport, type Problem } from '../ask.js';
import { number } from '../format.js';
import { faultAt, useDrafts } from './drafts.js';
import { NameField, type Choice } from './name-field.js';

/** Ways to test a property, in words. */
const VERBS = {
  equals: 'is',
  contains: 'contains',
  begins: 'begins with',
  ends: 'ends with',
  greater: 'is more than',
  less: 'is less than',
  any: 'is set',
  empty: 'is empty',
  never: 'is not set',
} as const;

type Verb = keyof typeof VERBS;

/** A test while it is typed. */
export interface TypedTest {
  property: string;
  verb: Verb;
  value: string;
}

export const isNumeric = (verb: Verb): boolean => verb === 'greater' || verb === 'less';
export const isBare = (verb: Verb): boolean => verb === 'any' || verb === 'empty' || verb === 'never';

export function typedTest(test: PropertyTest): TypedTest {
  const { property } = test;
  if ('is' in test) return { property, verb: test.is, value: '' };
  const [verb, value] = Object.entries(test).find(([name]) => name !== 'property') as [Verb, string | number];
  return { property, verb, value: String(value) };
}

/** @returns undefined while something is missing */
export function testOf({ property, verb, value }: TypedTest): PropertyTest | undefined {
  if (property === '') return undefined;
  if (isBare(verb)) return { property, is: verb } as PropertyTest;
  if (value.trim() === '') return undefined;
  if (!isNumeric(verb)) return { property, [verb]: value } as unknown as PropertyTest;
  return Number.isFinite(Number(value)) ? ({ property, [verb]: Number(value) } as unknown as PropertyTest) : undefined;
}

/** What is none of an address's tests is left out of it, so that they can be edited. */
export function testsIn(value: unknown): PropertyTest[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one: unknown): one is PropertyTest => {
    if (typeof one !== 'object' || one === null) return false;
    const { property, ...test } = one as Record<string, unknown>;
    const [[verb, against] = ['', undefined], ...more] = Object.entries(test);
    if (typeof property !== 'string' || more.length > 0) return false;
    if (verb === 'is') return isBare(against as Verb);
    if (!Object.hasOwn(VERBS, verb) || isBare(verb as Verb)) return false;
    return typeof against === (isNumeric(verb as Verb) ? 'number' : 'string');
  });
}

interface TestsEditorProps {
  /** Whose values are offered. */
  event: string;
  range: Range;
  tests: readonly PropertyTest[];
  properties: readonly Choice[];
  /** Where they are in the question, as the API names it: `steps[1].where`. */
  member: string;
  problem: Problem | undefined;
  onChange: (tests: PropertyTest[]) => void;
}

/** What has to hold for the event itself: each test in words, with the site's own properties and values to choose from. */
export function TestsEditor({ tests, member, problem, onChange, ...offered }: TestsEditorProps): ComponentChildren {
  const { drafts, add, set, remove, placeOf } = useDrafts(tests, typedTest, testOf, onChange);
  return (
    <div class="tests">
      {drafts.map(({ id, typed }, index) => (
        <TestRow
          key={id}
          {...offered}
          first={index === 0}
          typed={typed}
          fault={faultAt(problem, `${member}[${placeOf(id)}]`)}
          onType={(next) => set(id, next)}
          onRemove={() => remove(id)}
        />
      ))}
      <button type="button" class="plain add" onClick={() => add({ property: '', verb: 'equals', value: '' })}>
        + {drafts.length ? 'and' : 'where'} a property …
      </button>
      {drafts.length === 0 && faultAt(problem, member) && (
        <span class="field-fault" role="alert">
          {problem!.error}
        </span>
      )}
    </div>
  );
}

interface TestRowProps extends Pick<TestsEditorProps, 'event' | 'range' | 'properties'> {
  first: boolean;
  typed: TypedTest;
  fault: string | undefined;
  onType: (typed: TypedTest) => void;
  onRemove: () => void;
}

function TestRow({ event, range, properties, first, typed, fault, onType, onRemove }: TestRowProps): ComponentChildren {
  const { property, verb, value } = typed;
  // Its values are asked for when somebody is about to choose one.
  const [wanted, setWanted] = useState(false);
  const { from, to } = range;
  const question: BreakdownQuestion | undefined =
    wanted && property !== '' && event !== '' ? { property, event, from, to, bots: 'exclude' } : undefined;
  const { answer } = useReport('breakdown', question);
  const values = (question && answer?.values) ?? [];
  const choices = values.flatMap(({ value, people }) =>
    value === null || value === '' ? [] : [{ name: value, note: number(people) }],
  );
  return (
    <div class="test" role="group" aria-label={property ? `Condition on ${property}` : 'Condition'}>
      <span class="quiet">{first ? 'where' : 'and'}</span>
      <NameField
        label="Property"
        hideLabel
        placeholder="Property"
        autoFocus={property === ''}
        value={property}
        choices={properties}
        fault={fault}
        onChoose={(chosen) => onType({ ...typed, property: chosen })}
      />
      <select
        aria-label="How"
        value={verb}
        onChange={({ currentTarget }) => onType({ ...typed, verb: currentTarget.value as Verb })}
      >
        {Object.entries(VERBS).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
      {isNumeric(verb) && (
        <input
          class="amount"
          type="number"
          step="any"
          aria-label="Value"
          defaultValue={value}
          onChange={({ currentTarget }) => onType({ ...typed, value: currentTarget.value })}
        />
      )}
      {!isNumeric(verb) && !isBare(verb) && (
        <NameField
          label="Value"
          hideLabel
          free
          placeholder="Value"
          value={value}
          choices={choices}
          onOpen={() => setWanted(true)}
          onChoose={(chosen) => onType({ ...typed, value: chosen })}
        />
      )}
      <button type="button" class="plain" aria-label="Remove this condition" onClick={onRemove}>
        ×
      </button>
    </div>
  );
}
