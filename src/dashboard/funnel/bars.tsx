import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion, FunnelStep } from '../../protocol/reports.js';
import { StepInWords } from '../conditions.js';
import { duration, number, percent } from '../format.js';
import { peopleAddress } from '../view.js';
import { largestDrop, shareOf } from './shares.js';

/** A share of people as text; “–” where there are no people. */
export const share = (people: number, of: number | undefined, isFine = false): string => {
  const part = shareOf(people, of);
  return part === undefined ? '–' : percent(part, isFine);
};

/** The steps as bars. Between two bars: how many went on, and how many did not. */
export function Bars({ answer, question }: { answer: FunnelAnswer; question: FunnelQuestion }): ComponentChildren {
  const { steps, before } = answer;
  const largest = Math.max(1, ...steps.map(({ people }) => people));
  const largestBefore = Math.max(1, ...(before?.steps ?? []).map(({ people }) => people));
  const drop = largestDrop(steps);
  const first = steps[0]!.people;
  return (
    <ol class="funnel">
      {steps.map((step, index) => {
        const earlier = before?.steps[index];
        return (
          <li key={index}>
            <p class="funnel-step">
              <span class="step-number">{index + 1}</span>
              <span class="step-name">
                <StepInWords step={question.steps[index]!} />
              </span>
              <span class="step-people">
                <a href={peopleAddress(step.cell)} aria-label={`${number(step.people)} at step ${index + 1}`}>
                  {number(step.people)}
                </a>{' '}
                {step.people === 1 ? 'person' : 'people'}
              </span>
              <strong class="step-share">{share(step.people, first)}</strong>
            </p>
            <div class="funnel-bar" aria-hidden="true">
              {step.people > 0 && <span style={{ width: `${(100 * step.people) / largest}%` }} />}
              {earlier !== undefined && earlier.people > 0 && (
                <span class="earlier" style={{ width: `${(100 * earlier.people) / largestBefore}%` }} />
              )}
            </div>
            {index < steps.length - 1 && (
              <Between
                {...{ step, index }}
                next={steps[index + 1]!}
                skip={question.skip === true}
                isLargest={index === drop}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface BetweenProps {
  step: FunnelStep;
  index: number;
  next: FunnelStep;
  skip: boolean;
  isLargest: boolean;
}

function Between({ step, index, next, skip, isLargest }: BetweenProps): ComponentChildren {
  const { people, cell } = step.lost!;
  // If steps may be skipped, people of the next step need not have done this one.
  const wentOn = step.people - people;
  return (
    <p class="between-steps">
      <span>
        ↓{' '}
        {step.people > 0
          ? `${share(wentOn, step.people)} ${skip ? 'did the next step as well' : 'went on'}`
          : 'nobody did this step'}
        {step.people > 0 && next.medianSeconds !== null && (
          <>
            , half {skip ? 'of those who did it ' : 'of them '}
            {next.medianSeconds < 1 ? 'at once' : `within ${duration(next.medianSeconds)}`}
          </>
        )}
        {wentOn < next.people &&
          `; ${number(next.people - wentOn)} did ${step.people > 0 ? 'it' : 'the next step'} without this one`}
      </span>
      {step.people > 0 && (
        <span>
          <a href={peopleAddress(cell)} aria-label={`${number(people)} lost after step ${index + 1}`}>
            {number(people)}
          </a>{' '}
          {people === 1 ? 'person' : 'people'} did not{' '}
          {isLargest && <span class="largest-drop">most are lost here</span>}
        </span>
      )}
    </p>
  );
}
