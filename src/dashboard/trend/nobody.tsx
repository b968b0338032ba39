import type { ComponentChildren } from 'preact';
import type { TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { StepInWords } from '../conditions.js';
import { Empty } from '../components/states.js';
import { setView } from '../view.js';
import { choose } from './question.js';

/** Whether there is nothing to draw. Values that are no numbers are something: it says that they are passed over. */
export function isNothing({ answer: { rows, skipped }, before }: Compared<TrendAnswer>): boolean {
  const none = (some: TrendAnswer['rows'] = []): boolean => some.every(({ value }) => !value);
  return none(rows) && none(before?.rows) && !skipped;
}

export function Nobody({ question, isFiltered }: { question: TrendQuestion; isFiltered: boolean }): ComponentChildren {
  return (
    <Empty title="Nothing to count in these days">
      <p>
        Nobody{isFiltered && ' of these people'} did <StepInWords step={question} />
        {question.property !== undefined && ` with a number in ${question.property}`}.
      </p>
      <p class="actions center">
        <button type="button" class="primary" onClick={() => setView({ days: '91' })}>
          Look at 91 days
        </button>
        {question.where && (
          <button type="button" onClick={() => choose({ where: [] })}>
            Remove the conditions on the event
          </button>
        )}
        {isFiltered && (
          <button type="button" onClick={() => setView({ filter: [] })}>
            Count everybody
          </button>
        )}
      </p>
    </Empty>
  );
}
