import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OverviewAnswer, OverviewQuestion } from '../../protocol/reports.js';
import { csvAddress, useReport } from '../ask.js';
import { FilterBar } from '../components/filter-bar.js';
import { openPage } from '../components/frame.js';
import { RangePicker } from '../components/range-picker.js';
import { Answer } from '../components/states.js';
import { filterOf, useView, type View } from '../view.js';
import { ByDay } from './by-day.js';
import { landed } from './landing.js';
import { Lists } from './lists.js';
import { Nobody } from './nobody.js';
import { Totals } from './totals.js';
import { Foot } from '../components/foot.js';

/** What is asked. Programs that say that they are bots are left out, and it says how many. */
function questionOf({ from, to, compare, filter }: View): OverviewQuestion {
  return { from, to, ...filterOf(filter), bots: 'exclude', ...(compare && { compare }) };
}

function Overview(): ComponentChildren {
  const view = useView();
  const question = questionOf(view);
  const asked = useReport('overview', question);
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <RangePicker view={view} />
      <FilterBar filter={view.filter} />
      <Answer asked={asked}>
        {(answer) =>
          isNobody(answer) ? (
            <Nobody isFiltered={view.filter.length > 0} />
          ) : (
            <>
              <Totals answer={answer} />
              <ByDay answer={answer} csv={csvAddress('overview', question)} />
              <Lists answer={answer} csv={csvAddress('overview', question)} />
              <Foot answer={answer} again={asked.again} />
            </>
          )
        }
      </Answer>
    </>
  );
}

const isNobody = ({ people, before }: OverviewAnswer): boolean => people === 0 && !before?.people;

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
