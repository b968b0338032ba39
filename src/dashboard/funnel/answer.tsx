import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion } from '../../protocol/reports.js';
import { csvOf } from '../ask.js';
import { CsvLink } from '../components/csv-link.js';
import { Foot } from '../components/foot.js';
import { useKept } from '../components/kept-place.js';
import { Later } from '../components/later.js';
import type { Compared } from '../compared.js';
import { number } from '../format.js';
import { AsTable } from './as-table.js';
import { Bars } from './bars.js';
import { Headline } from './headline.js';
import { SplitTable } from './split-table.js';
import { windowInWords } from './window-field.js';

interface AnswerProps {
  compared: Compared<FunnelAnswer, FunnelQuestion>;
  question: FunnelQuestion;
}

/** How many people reached each step: in a sentence, as bars or as a table, and for each value of the split. */
export function FunnelFigure({ compared, question }: AnswerProps): ComponentChildren {
  const [asTable, setAsTable] = useKept('table', false);
  const { before } = compared;
  const answer = { ...compared.answer, ...(before && { before }) };
  return (
    <>
      <Headline compared={compared} question={question} />
      <Later>
        <section class="figure" id="steps">
          <div class="figure-head">
            <h2>People by step</h2>
            <span class="figure-ways">
              <button
                type="button"
                class="plain"
                aria-label="People by step, as table"
                aria-pressed={asTable}
                onClick={() => setAsTable(!asTable)}
              >
                As table
              </button>
              <CsvLink csv={csvOf('funnel', ...compared.questions)} label="People by step as CSV" />
            </span>
          </div>
          {asTable ? <AsTable answer={answer} question={question} /> : <Bars answer={answer} question={question} />}
          <p class="note">{notesOf(answer, question)}</p>
        </section>
        {question.split && <SplitTable answer={answer} question={question} />}
        <Foot answer={compared.answer} />
      </Later>
    </>
  );
}

function notesOf({ open, before }: FunnelAnswer, { window, skip }: FunnelQuestion): string {
  const notes = [
    'People are counted, each once, and not visits. A step counts if it is in the same second as the previous step, or later.',
    window === undefined
      ? 'All steps have to be within these days.'
      : `A person who did the first step in these days has ${windowInWords(window)} for all other steps, also beyond the last day.`,
  ];
  if (skip) notes.push('A person who leaves out a step still counts in the later steps.');
  if (open > 0)
    notes.push(
      open === 1
        ? 'The time limit of 1 person has not ended: these numbers may still grow.'
        : `The time limit of ${number(open)} people has not ended: these numbers may still grow.`,
    );
  if (before?.steps.some(({ people }) => people > 0))
    notes.push('The thin lines show the days before, relative to the largest step of those days.');
  return notes.join(' ');
}
