import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { FunnelAnswer } from '../../protocol/reports.js';
import { useReport, type Asked } from '../ask.js';
import { isFuture } from '../compared-days.js';
import { useWithCompared, useOnceAllAnswered, type Compared } from '../compared.js';
import { besideFields } from '../components/drafts.js';
import { FilterBar } from '../components/filter-bar.js';
import { Foot } from '../components/foot.js';
import { openPage } from '../components/frame.js';
import { MoreDays, NotBegun } from '../components/more-days.js';
import { NoEvents } from '../components/no-events.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer, Empty } from '../components/states.js';
import { askForNames, useNames } from '../names.js';
import { setParameters, setView, useParameters, viewOf } from '../view.js';
import { FunnelFigure } from './answer.js';
import { courseOf, sampleQuestion, stepsOf } from './believable.js';
import { Editor, FIELDS } from './editor.js';
import { useLooks } from './looks.js';
import { chosenIn, questionOf } from './question.js';

function Funnel(): ComponentChildren {
  const parameters = useParameters();
  const view = viewOf(parameters);
  const named = chosenIn(parameters);
  const names = useNames();
  const isOpen = named.steps.length === 0;
  const course = isOpen && names.answer ? courseOf(names.answer.events) : undefined;
  const sampled = course && sampleQuestion(course);
  const sample = useReport('people', sampled);
  const isReady = course !== undefined && (!sampled || Boolean(sample.answer ?? sample.problem));
  const steps = isReady ? stepsOf(course, sample.answer?.people) : [];
  const chosen = isOpen ? { ...named, steps } : named;
  useLayoutEffect(() => {
    if (steps.length > 0) setParameters({ steps: JSON.stringify(steps) }, { replace: true });
  }, [steps.length]);
  const waiting: Asked<unknown> = sampled ? sample : names;
  const asked = useOnceAllAnswered(
    useWithCompared('funnel', (range) => questionOf(chosen, view, range), view, view.compare),
  );
  const { answered, problem } = asked;
  useLooks(answered);
  if (names.answer?.events.length === 0)
    return (
      <>
        <h1 class="unseen">Funnel</h1>
        <NoEvents names={names.answer} />
      </>
    );
  return (
    <>
      <h1 class="unseen">Funnel</h1>
      <RangePicker view={view} />
      <FilterBar filter={view.filter} />
      {/* The fields can be used before the names are there, with which the first question is filled in. */}
      <Editor chosen={chosen} view={view} names={names.answer} problem={problem} />
      {chosen.steps.length === 0 ? (
        // The answer below is another element: it appears under more fields, and an element that stays would move.
        <Answer key="steps" asked={waiting}>
          {() => null}
        </Answer>
      ) : (
        <Answer asked={besideFields(asked, FIELDS)}>
          {(compared) =>
            isNobody(compared) ? (
              <>
                {isFuture(view) ? <NotBegun /> : <Nobody isFiltered={view.filter.length > 0} />}
                <Foot answer={compared.answer} />
              </>
            ) : (
              <FunnelFigure compared={compared} question={answered!} />
            )
          }
        </Answer>
      )}
    </>
  );
}

const isNobody = ({ answer: { steps }, before }: Compared<FunnelAnswer>): boolean =>
  [...steps, ...(before?.steps ?? [])].every(({ people }) => people === 0);

function Nobody({ isFiltered }: { isFiltered: boolean }): ComponentChildren {
  return (
    <Empty title="Nobody did the first step in these days">
      <p class="actions center">
        <MoreDays />
        {isFiltered && (
          <button type="button" onClick={() => setView({ filter: [] })}>
            Count everybody
          </button>
        )}
      </p>
    </Empty>
  );
}

askForNames();
openPage('funnel', 'Funnel', Funnel);
