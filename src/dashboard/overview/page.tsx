import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OverviewAnswer, OverviewQuestion, Range } from '../../protocol/reports.js';
import { csvAddress, useReport, type Asked } from '../ask.js';
import { FilterBar } from '../components/filter-bar.js';
import { openPage } from '../components/frame.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer } from '../components/states.js';
import { rangeBefore, today } from '../days.js';
import { timeZone } from '../format.js';
import { filterOf, useView, type View } from '../view.js';
import { ByDay } from './by-day.js';
import { landed } from './landing.js';
import { Lead } from './lead.js';
import { Lists } from './lists.js';
import { wholeDays } from './most-changed.js';
import { Nobody } from './nobody.js';
import { Totals } from './totals.js';
import { Foot } from '../components/foot.js';

/** What is asked. Programs that say that they are bots are left out, and it says how many. */
const questionOf = ({ filter }: View, { from, to }: Range): OverviewQuestion => ({
  ...{ from, to, ...filterOf(filter, { from, to }) },
  bots: 'exclude',
});

/** An answer with that for the days before, once both are there. */
function compared(now: Asked<OverviewAnswer>, before: Asked<OverviewAnswer>, range: Range | undefined) {
  if (!range || now.asking || before.asking || !now.answer || !before.answer) return undefined;
  return { ...now.answer, before: { ...before.answer, ...range } };
}

/**
 * All days are shown, today among them. Compared are those that are over with as many before them: questions of their own, since a filter
 * may speak of the days that are asked for.
 */
function Overview(): ComponentChildren {
  const view = useView();
  const whole = wholeDays(view, today(timeZone()));
  const earlier = whole && rangeBefore(whole);
  const question = questionOf(view, view);
  const isWhole = whole?.to === view.to;
  const asked = useReport('overview', question);
  const over = useReport('overview', whole && !isWhole ? questionOf(view, whole) : undefined);
  const before = useReport('overview', earlier && questionOf(view, earlier));
  const both = compared(isWhole ? asked : over, before, earlier);
  const csv = csvAddress('overview', question);
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <RangePicker view={view} before={earlier} />
      <FilterBar filter={view.filter} />
      <Answer asked={asked}>
        {(answer) =>
          answer.people === 0 && !both?.before.people ? (
            <Nobody isFiltered={view.filter.length > 0} />
          ) : (
            <>
              <Lead answer={both} range={whole} isAsking={over.asking || before.asking} />
              <Totals answer={answer} compared={view.compare ? both : undefined} isWhole={isWhole} />
              <ByDay answer={answer} before={view.compare ? both?.before : undefined} csv={csv} />
              <Lists answer={answer} question={question} csv={csv} />
              <Foot answer={answer} again={asked.again} />
            </>
          )
        }
      </Answer>
    </>
  );
}

/** Where a site has no hits, the snippet comes first. */
function Landing(): ComponentChildren {
  const [isHere, setHere] = useState(false);
  useEffect(
    () =>
      void landed().then(
        (elsewhere) => setHere(!elsewhere),
        () => setHere(true),
      ),
    [],
  );
  return isHere && <Overview />;
}

openPage('overview', 'Overview', Landing);
