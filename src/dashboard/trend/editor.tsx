import type { ComponentChildren } from 'preact';
import type { NamesAnswer, Split } from '../../protocol/reports.js';
import { withFirst } from '../amounts.js';
import type { Problem } from '../ask.js';
import { faultAt } from '../components/drafts.js';
import { NameField } from '../components/name-field.js';
import { SplitEditor } from '../components/split-editor.js';
import { TestsEditor } from '../components/tests-editor.js';
import { eventChoices, propertyChoices } from '../names.js';
import type { View } from '../view.js';
import type { PropertiesOfEvent } from './properties-of-event.js';
import { BUCKETS, choose, COUNTS, isAdded, type Chosen } from './question.js';

/** Members of the question that have a field here. The API's message about one of them is shown at its field. */
export const FIELDS = ['event', 'where', 'count', 'property', 'by', 'split'];

interface EditorProps {
  chosen: Chosen;
  view: View;
  names: NamesAnswer | undefined;
  ofEvent: PropertiesOfEvent | undefined;
  problem: Problem | undefined;
}

/** The question: each change is applied at once. */
export function Editor({ chosen, view, names, ofEvent, problem }: EditorProps): ComponentChildren {
  const { event, where, count, property, by, split } = chosen;
  const properties = propertyChoices(names);
  const unlabelled = faultAt(problem, 'by') ?? faultAt(problem, 'count');
  return (
    <section class="question" aria-label="Question">
      <div class="question-line">
        <label>
          <span class="unseen">Count</span>
          <select
            value={count}
            onChange={({ currentTarget }) => {
              const count = currentTarget.value as Chosen['count'];
              choose({ count, property: isAdded(count) ? property : '' });
            }}
          >
            {Object.entries(COUNTS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {isAdded(count) && (
          <NameField
            label="Property to add up"
            hideLabel
            placeholder="Property"
            value={property}
            choices={withFirst(properties, ofEvent?.names ?? [])}
            fault={faultAt(problem, 'property')}
            onChoose={(property) => choose({ property })}
          />
        )}
        <NameField
          label={count === 'people' ? 'who did' : 'of'}
          value={event}
          choices={eventChoices(names)}
          fault={faultAt(problem, 'event')}
          onChoose={(event) => choose({ event })}
        />
        <div class="choices" role="group" aria-label="By">
          {Object.entries(BUCKETS).map(([name, words]) => (
            <button
              key={name}
              type="button"
              aria-pressed={by === name}
              onClick={() => choose({ by: name as Chosen['by'] })}
            >
              {words}
            </button>
          ))}
        </div>
        {unlabelled !== undefined && (
          <span class="field-fault" role="alert">
            {unlabelled}
          </span>
        )}
      </div>
      <TestsEditor
        event={event}
        view={view}
        tests={where}
        properties={properties}
        member="where"
        problem={problem}
        onChange={(where) => choose({ where })}
      />
      <SplitEditor
        split={split}
        properties={properties}
        problem={problem}
        onChange={(split) => choose({ split: split as Split | undefined })}
      />
    </section>
  );
}
