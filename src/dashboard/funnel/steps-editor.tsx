import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Step } from '../../protocol/reports.js';
import type { Problem } from '../ask.js';
import { faultAt, useDrafts } from '../components/drafts.js';
import { NameField, type Choice } from '../components/name-field.js';
import { TestsEditor } from '../components/tests-editor.js';
import type { View } from '../view.js';
import { stepOf } from './question.js';

/** The most steps of a question. */
const MOST_STEPS = 20;

/** Fields for the first steps, while it is not known yet which steps the page will suggest. */
const UNKNOWN: readonly Step[] = [{ event: '' }, { event: '' }];

interface StepsEditorProps {
  /** Empty while they are not known. */
  steps: readonly Step[];
  view: View;
  events: readonly Choice[];
  properties: readonly Choice[];
  problem: Problem | undefined;
  onChange: (steps: Step[]) => void;
}

/** The steps and their tests. Steps can be added, removed and moved. */
export function StepsEditor({
  steps,
  view,
  events,
  properties,
  problem,
  onChange,
}: StepsEditorProps): ComponentChildren {
  const list = useRef<HTMLOListElement>(null);
  const isKnown = steps.length > 0;
  const { drafts, change, add, set, remove, placeOf } = useDrafts<Step, Step>(
    isKnown ? steps : UNKNOWN,
    (step) => step,
    (step) => (step.event === '' ? undefined : step),
    (steps) => steps.length > 0 && onChange(steps),
  );
  /** The button with which a step was moved, so that it keeps the focus after the move. */
  const moved = useRef<string | null>(null);
  // Before the next frame, so that there is no moment without a focus.
  useLayoutEffect(() => {
    if (moved.current === null) return;
    const buttons = list.current!.querySelectorAll<HTMLButtonElement>(moved.current);
    [...buttons].find((button) => !button.disabled)?.focus();
    moved.current = null;
  });
  const move = (index: number, by: number): void => {
    const next = [...drafts];
    next.splice(index + by, 0, ...next.splice(index, 1));
    const at = `li:nth-child(${index + by + 1}) .move`;
    moved.current = by < 0 ? `${at}.up, ${at}.down` : `${at}.down, ${at}.up`;
    change(next);
  };
  const ofSteps = faultAt(problem, 'steps');
  return (
    <div class="funnel-steps">
      <ol ref={list} aria-label="Steps">
        {drafts.map(({ id, typed }, index) => {
          const member = `steps[${placeOf(id)}]`;
          return (
            <li key={id}>
              <span class="step-number" aria-hidden="true">
                {index + 1}
              </span>
              <div class="step-fields">
                <NameField
                  label={`Step ${index + 1}`}
                  hideLabel
                  placeholder="Event"
                  autoFocus={isKnown && typed.event === ''}
                  value={typed.event}
                  choices={events}
                  fault={faultAt(problem, `${member}.event`)}
                  onChoose={(event) => set(id, { ...typed, event })}
                />
                {typed.event !== '' && (
                  <TestsEditor
                    event={typed.event}
                    view={view}
                    tests={typed.where ?? []}
                    properties={properties}
                    member={`${member}.where`}
                    problem={problem}
                    onChange={(where) => set(id, stepOf(typed.event, where))}
                  />
                )}
              </div>
              <span class="step-buttons">
                <button
                  type="button"
                  class="plain move up"
                  aria-label={`Move step ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  class="plain move down"
                  aria-label={`Move step ${index + 1} down`}
                  disabled={index === drafts.length - 1}
                  onClick={() => move(index, 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  class="plain"
                  aria-label={`Remove step ${index + 1}`}
                  disabled={drafts.length === 1}
                  onClick={() => remove(id)}
                >
                  ×
                </button>
              </span>
            </li>
          );
        })}
      </ol>
      {isKnown && (
        <button
          type="button"
          class="plain add"
          disabled={drafts.length >= MOST_STEPS}
          onClick={() => add({ event: '' })}
        >
          + add a step …
        </button>
      )}
      {ofSteps && problem!.member === 'steps' && (
        <span class="field-fault" role="alert">
          {ofSteps}
        </span>
      )}
    </div>
  );
}
