import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FunnelAnswer } from '../../protocol/reports.js';
import { useReport, type Asked } from '../ask.js';
import { useWithCompared, useOnceAllAnswered, type Compared } from '../compared.js';
import { besideFields } from '../components/drafts.js';
import { FilterBar } from '../components/filter-bar.js';
import { Foot } from '../components/foot.js';
import { openPage } from '../components/frame.js';
import { MoreDays } from '../components/more-days.js';
import { NoEvents } from '../components/no-events.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer, Empty } from '../components/states.js';
import { askForNames, useNames } from '../names.js';
import { setParameters, setView, useParameters, viewOf } from '../view.js';
import { FunnelFigure } from './answer.js';
import { courseOf, sampleQuestion, stepsOf } from './believable.js';
import { Editor, FIELDS } from './editor.js';
import { chosenIn, questionOf } from './question.js';

function Funnel(): ComponentChildren {
  const parameters = useParameters();
  const view = viewOf(parameters);
  const chosen = chosenIn(parameters);
  const names = useNames();
  const isOpen = chosen.steps.length === 0;
  const course = isOpen && names.answer ? courseOf(names.answer.events) : undefined;
  const sampled = course && sampleQuestion(course);
  const sample = useReport('people', sampled);
  const isReady = course !== undefined && (!sampled || Boolean(sample.answer ?? sample.problem));
  useEffect(() => {
    if (!isReady) return;
    const steps = stepsOf(course, sample.answer?.people);
    if (steps.length > 0) setParameters({ steps: JSON.stringify(steps) }, { replace: true });
  }, [isReady]);
  const waiting: Asked<unknown> = sampled ? sample : names;
  const asked = useOnceAllAnswered(
    useWithCompared('funnel', (range) => questionOf(chosen, view, range), view, view.compare),
  );
  const { answered, problem } = asked;
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
      {isOpen ? (
        <Answer asked={waiting}>{() => null}</Answer>
      ) : (
        <>
          <Editor chosen={chosen} view={view} names={names.answer} problem={problem} />
          <Answer asked={besideFields(asked, FIELDS)}>
            {(compared) => (
              <>
                {isNobody(compared) ? (
                  <Nobody isFiltered={view.filter.length > 0} />
                ) : (
                  <FunnelFigure compared={compared} question={answered!} />
                )}
                <Foot answer={compared.answer} />
              </>
            )}
          </Answer>
        </>
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
