import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { About } from '../../protocol/api.js';
import type { OverviewQuestion, Range } from '../../protocol/reports.js';
import { csvOf } from '../ask.js';
import { firstDay, whyNotCompared } from '../compared-days.js';
import { questionsOf, useWithCompared } from '../compared.js';
import { FilterBar } from '../components/filter-bar.js';
import { openPage } from '../components/frame.js';
import { Later } from '../components/later.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer } from '../components/states.js';
import { today } from '../days.js';
import { useNames } from '../names.js';
import { currentKey } from '../site.js';
import { timeZone } from '../time-zone.js';
import { filterOf, useView, type View } from '../view.js';
import { BeingBuilt } from './being-built.js';
import { ByDay } from './by-day.js';
import { landed } from './landing.js';
import { Lead } from './lead.js';
import { Lists } from './lists.js';
import { DEMO, Growing, useMadeUp } from './made-up.js';
import { Nobody } from './nobody.js';
import { useSteps } from './steps.js';
import { Totals } from './totals.js';
import { Foot } from '../components/foot.js';

/** The question. Bots are left out, and the answer says how many. */
const questionOf = ({ filter }: View, { from, to }: Range): OverviewQuestion => ({
  ...{ from, to, ...filterOf(filter, { from, to }) },
  bots: 'exclude',
});

/** All days are shown, including today. The comparison uses only days that are over, and as many days before them. */
function Overview({ about }: { about: About }): ComponentChildren {
  const view = useView();
  const question = questionOf(view, view);
  const madeUp = useMadeUp(about.demo && currentKey() === DEMO);
  const { isGrowing } = madeUp;
  const [isFirstDayAsked, setFirstDayAsked] = useState(false);
  // Before the comparison: which days are compared depends on the site's first day, which the names say.
  const names = useNames(isFirstDayAsked);
  // The first sentence needs the comparison, whether or not the numbers show it.
  const asked = useWithCompared('overview', (range) => questionOf(view, range), view, !isGrowing);
  const { shown, over, before, days } = asked;
  // If all people of the first of the days before were new, the site may have sent its first hit on that day or later. The names
  // then say when. Set during rendering, so that no comparison is shown that is then withdrawn.
  const firstBefore = before.answer?.rows[0];
  if (!isFirstDayAsked && firstBefore && firstBefore.people === firstBefore.newPeople) setFirstDayAsked(true);
  const isComparing = [shown, over, before, names].some(({ asking }) => asking);
  const both =
    days && !isComparing && over.answer && before.answer
      ? { ...over.answer, before: { ...before.answer, ...days.before } }
      : undefined;
  const first = firstDay();
  const isFromFirstDay = first !== undefined && view.from <= first && view.to >= today(timeZone());
  // The funnel is asked last: the numbers of the page come first.
  const { steps, isAsking: areStepsAsked } = useSteps(view, both ? days : undefined);
  const isNobody = shown.answer?.people === 0 && !both?.before.people;
  const csv = csvOf('overview', ...(view.compare && both ? questionsOf(asked) : [question]));
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <RangePicker view={view} isNobody={isNobody} />
      <FilterBar filter={view.filter} />
      {isGrowing && <Growing data={madeUp.data} isEmpty={!shown.answer?.people} />}
      {/* While it grows, the page counts every second, and says so once. */}
      <Answer asked={isGrowing ? { ...shown, asking: false } : shown}>
        {(answer) =>
          isNobody ? (
            !isGrowing && (
              <Nobody bots={answer.excluded?.bots ?? 0} isFiltered={view.filter.length > 0} madeUp={madeUp} />
            )
          ) : (
            <>
              {!isGrowing && (
                <Lead
                  people={isFromFirstDay ? answer.people : undefined}
                  answer={areStepsAsked ? undefined : both}
                  steps={steps}
                  range={days?.over}
                  why={whyNotCompared(view)}
                  isAsking={isComparing || areStepsAsked}
                />
              )}
              <Totals answer={answer} compared={view.compare ? both : undefined} isWhole={days?.isWhole === true} />
              <Later>
                <ByDay answer={answer} before={view.compare ? both?.before : undefined} csv={csv} />
                <Later>
                  <Lists answer={answer} question={question} csv={csv} />
                  <Foot answer={answer} />
                </Later>
              </Later>
            </>
          )
        }
      </Answer>
      {!isGrowing && !shown.answer && shown.waits?.progress !== undefined && <BeingBuilt />}
    </>
  );
}

/** If the address names no site and there are no hits yet, the page with the snippet is opened instead. */
function Landing({ about }: { about: About }): ComponentChildren {
  const [isHere, setHere] = useState(false);
  useEffect(
    () =>
      void landed().then(
        (elsewhere) => setHere(!elsewhere),
        () => setHere(true),
      ),
    [],
  );
  return isHere && <Overview about={about} />;
}

openPage('overview', 'Overview', Landing);
