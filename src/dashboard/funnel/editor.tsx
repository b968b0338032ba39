import type { ComponentChildren } from 'preact';
import type { NamesAnswer } from '../../protocol/reports.js';
import type { Problem } from '../ask.js';
import { atField, faultAt } from '../components/drafts.js';
import { useKept } from '../components/kept-place.js';
import { useIsSmall } from './small.js';
import { SplitEditor } from '../components/split-editor.js';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { eventChoices, propertyChoices } from '../names.js';
import type { View } from '../view.js';
import { choose, splitWithin, type Chosen } from './question.js';
import { StepsEditor } from './steps-editor.js';
import { WindowField } from './window-field.js';

/** Members of the question that have a field here. The API's message about one of them is shown at its field. */
export const FIELDS = ['steps', 'window', 'skip', 'split'];

interface EditorProps {
  chosen: Chosen;
  view: View;
  names: NamesAnswer | undefined;
  problem: Problem | undefined;
}

/** The question: each change is applied at once. */
export function Editor({ chosen, view, names, problem }: EditorProps): ComponentChildren {
  const { steps, window, skip, split } = chosen;
  const properties = propertyChoices(names);
  const limited = window !== undefined;
  // An address may contain both. Then each of them can be removed.
  const isEither = limited !== skip;
  const isSmall = useIsSmall();
  const [isFolded, setFolded] = useKept('folded', true);
  const isFaulty = FIELDS.some((member) => faultAt(problem, member) !== undefined);
  const below = (
    <>
      <div class="question-line">
        <WindowField
          window={window}
          disabled={skip && isEither}
          describedBy="skip-or-window"
          fault={faultAt(problem, 'window')}
          onChange={(window) => choose({ window })}
        />
        <label class="switch">
          <input
            type="checkbox"
            checked={skip}
            disabled={limited && isEither}
            aria-describedby="skip-or-window"
            aria-invalid={faultAt(problem, 'skip') ? true : undefined}
            onChange={({ currentTarget }) => choose({ skip: currentTarget.checked })}
          />
          Steps may be skipped
        </label>
        {faultAt(problem, 'skip') && (
          <span class="field-fault" role="alert">
            {atField(problem!)}
          </span>
        )}
        <span class="hint" id="skip-or-window">
          {limited &&
            skip &&
            'With a time limit no step may be skipped: remove the time limit, or let no step be skipped.'}
          {limited && !skip && 'No step may be skipped, since the time limit begins at the first step.'}
          {skip &&
            !limited &&
            'No time limit is possible here: it would begin at the first step, which may be missing.'}
        </span>
      </div>
      <SplitEditor
        split={split}
        properties={properties}
        steps={steps.length}
        problem={problem}
        onChange={(split) => choose({ split })}
      />
    </>
  );
  const fields = (
    <>
      <StepsEditor
        steps={steps}
        view={view}
        events={eventChoices(names)}
        properties={properties}
        problem={problem}
        onChange={(steps) => choose({ steps, ...(split && { split: splitWithin(split, steps.length) }) })}
      />
      {/* They are below the steps, so they appear once it is known how many steps there are. */}
      {steps.length > 0 && below}
    </>
  );
  return (
    <section class="question" aria-label="Question">
      {/* A phone shows the answer first. The question is one line until it is opened. */}
      {isSmall && (
        <button type="button" class="plain fold" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
          <span>
            {steps.length > 1 && `${number(steps.length)} steps, from `}
            {steps.length === 1 && '1 step: '}
            {steps.length > 0 ? <Text strong>{steps[0]!.event}</Text> : 'Which steps?'}
            {steps.length > 1 && (
              <>
                {' '}
                to <Text strong>{steps.at(-1)!.event}</Text>
              </>
            )}
          </span>
          <span class="quiet">{isFolded ? 'Change' : 'Done'}</span>
        </button>
      )}
      {!(isSmall && isFolded && !isFaulty) && fields}
    </section>
  );
}
