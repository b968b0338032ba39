import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OverviewQuestion, Range } from '../../protocol/reports.js';
import { csvAddress, useReport } from '../ask.js';
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
  ...{ from, to, ...filterOf(filter) },
  bots: 'exclude',
});

/**
 * All days are shown, today among them. Compared are those that are over with as many before them: where that is not the same, it is a
 * question of its own.
 */
function Overview(): ComponentChildren {
  const view = useView();
  const whole = wholeDays(view, today(timeZone()));
  const isWhole = whole?.to === view.to;
  const question = questionOf(view, view);
  const asked = useReport('overview', isWhole ? { ...question, compare: true } : question);
  const comparison = useReport(
    'overview',
    whole && !isWhole ? { ...questionOf(view, whole), compare: true } : undefined,
  );
  const { answer: compared } = isWhole ? asked : comparison;
  const csv = csvAddress('overview', question);
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <RangePicker view={view} before={whole && rangeBefore(whole)} />
      <FilterBar filter={view.filter} />
      <Answer asked={asked}>
        {(answer) =>
          answer.people === 0 && !compared?.before?.people ? (
            <Nobody isFiltered={view.filter.length > 0} />
          ) : (
            <>
              <Lead answer={compared} range={whole} />
              <Totals answer={answer} compared={view.compare ? compared : undefined} isWhole={isWhole} />
              <ByDay answer={answer} before={view.compare ? compared?.before : undefined} csv={csv} />
              <Lists answer={answer} csv={csv} />
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
