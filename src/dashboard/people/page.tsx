import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PeopleAnswer } from '../../protocol/reports.js';
import { useReport, type Asked } from '../ask.js';
import { DamagedFilter } from '../components/filter-bar.js';
import { Foot } from '../components/foot.js';
import { openPage } from '../components/frame.js';
import { NoHits } from '../components/no-hits.js';
import { Answer, Empty } from '../components/states.js';
import { hasPeople } from '../has-people.js';
import { useLookAgain } from '../look-again.js';
import { typedText } from '../pasted.js';
import { useParameters } from '../view.js';
import { questionOf, showEverybody, want, wantedOf, type Wanted } from './asked.js';
import { Builder } from './builder.js';
import { BehindNumber } from './behind-number.js';
import { List } from './list.js';
import { Found, SearchField } from './search.js';

function People(): ComponentChildren {
  const parameters = useParameters();
  const searched = typedText(parameters.get('q') ?? '').trim();
  const isKnown = useIsKnown();
  return (
    <>
      <div class="title-line">
        <h1>People</h1>
      </div>
      <SearchField searched={searched} />
      {searched ? (
        <Found searched={searched} />
      ) : isKnown ? (
        <Report wanted={wantedOf(parameters)} />
      ) : (
        isKnown === false && <NoHits title="Nobody has come yet" then="people appear here" />
      )}
    </>
  );
}

function Report({ wanted }: { wanted: Wanted }): ComponentChildren {
  const question = questionOf(wanted);
  const asked = useReport('people', question);
  // Without reports the latest people are shown, which come from the store.
  if (asked.problem?.code === 'no_reports') return <Found searched="" />;
  const { problem, ...rest } = asked;
  const isAtField = /^(filter|columns|sort|from|to)/.test(problem?.member ?? '');
  const shown: Asked<PeopleAnswer> = isAtField ? rest : asked;
  return (
    <>
      {!wanted.cell && <DamagedFilter />}
      {wanted.cell && <BehindNumber cell={wanted.cell} />}
      <Builder wanted={wanted} problem={problem} isNobody={shown.answer?.total === 0} />
      {!wanted.cell && (
        <label class="switch">
          <input type="checkbox" checked={!wanted.bots} onChange={() => want({ bots: !wanted.bots })} />
          Leave out bots
        </label>
      )}
      <Answer asked={shown}>
        {(answer) => (
          <>
            {answer.total === 0 ? (
              <Nobody wanted={wanted} bots={answer.excluded?.bots ?? 0} />
            ) : (
              <List answer={answer} question={question} wanted={wanted} isAsking={asked.asking} />
            )}
            <Foot answer={answer} />
          </>
        )}
      </Answer>
    </>
  );
}

function Nobody({ wanted, bots }: { wanted: Wanted; bots: number }): ComponentChildren {
  if (!wanted.conditions.length && !wanted.cell)
    // Reports are seconds behind the store, in which somebody is known already.
    return !bots ? (
      <NoHits title="Nobody has come yet" what="an event or a property" then="people appear here" />
    ) : (
      <Empty title="Only bots have come so far">
        <p class="actions center">
          <button type="button" class="primary" onClick={() => want({ bots: true })}>
            Show them
          </button>
        </p>
      </Empty>
    );
  return (
    <Empty title="Nobody matches this">
      <p>Fewer conditions or more days find more people.</p>
      <p class="actions center">
        <button type="button" class="primary" onClick={showEverybody}>
          Show everybody
        </button>
      </p>
    </Empty>
  );
}

/** Whether the site has any hits; undefined if not known yet. */
function useIsKnown(): boolean | undefined {
  const [isKnown, setKnown] = useState<boolean>();
  const look = (): void => void hasPeople().then(setKnown, () => setKnown(true));
  useEffect(look, []);
  useLookAgain(look, isKnown === false);
  return isKnown;
}

openPage('people', 'People', People);
