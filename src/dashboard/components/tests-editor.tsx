import type { ComponentChildren } from 'preact';
import type { HitTest } from '../../protocol/reports.js';
import type { Problem } from '../ask.js';
import { testOf, typedTest, type TypedTest } from '../value-tests.js';
import { filterOf, type View } from '../view.js';
import { atField, faultAt, useDrafts } from './drafts.js';
import type { Choice } from './name-field.js';
import { TestFields } from './test-fields.js';

interface TestsEditorProps {
  /** The event whose values are offered. */
  event: string;
  /** The days and the filter of the page: a number beside a value is of the same people as those of the answer. */
  view: View;
  tests: readonly HitTest[];
  properties: readonly Choice[];
  /** The path of the tests in the question, as in the API: `steps[1].where`. */
  member: string;
  problem: Problem | undefined;
  onChange: (tests: HitTest[]) => void;
}

/** Tests of the event's own properties, in words. The properties and values of the site are offered. */
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
      <button type="button" class="plain add" onClick={() => add({ property: '', operator: 'equals', value: '' })}>
        + {drafts.length ? 'and' : 'with'} a property …
      </button>
      {drafts.length === 0 && faultAt(problem, member) && (
        <span class="field-fault" role="alert">
          {atField(problem!)}
        </span>
      )}
    </div>
  );
}

interface TestRowProps extends Pick<TestsEditorProps, 'event' | 'view' | 'properties'> {
  first: boolean;
  typed: TypedTest;
  fault: string | undefined;
  onType: (typed: TypedTest) => void;
  onRemove: () => void;
}

function TestRow({ event, view, properties, first, typed, fault, onType, onRemove }: TestRowProps): ComponentChildren {
  const { from, to, filter } = view;
  return (
    <div class="test" role="group" aria-label={typed.property ? `Condition on ${typed.property}` : 'Condition'}>
      <span class="quiet">{first ? 'with' : 'and'}</span>
      <TestFields
        typed={typed}
        properties={properties}
        isOfHit
        of={{ event, from, to, ...filterOf(filter, { from, to }), bots: 'exclude' }}
        fault={fault}
        onType={onType}
      />
      <button type="button" class="plain" aria-label="Remove this condition" onClick={onRemove}>
        ×
      </button>
    </div>
  );
}
