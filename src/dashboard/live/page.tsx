import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { About } from '../../protocol/api.js';
import { foldText } from '../../protocol/fold.js';
import { now } from '../clock.js';
import { ArrivalRow, kindOf, type Kind } from '../components/arrival-row.js';
import { MOST_ARRIVALS, useFeed, type Arrival, type Feed } from '../components/feed.js';
import { openPage } from '../components/frame.js';
import { useInTasks } from '../components/in-tasks.js';
import { NoHits } from '../components/no-hits.js';
import { number } from '../format.js';
import { typedText } from '../pasted.js';
import { below } from '../site.js';
import { timeZone } from '../time-zone.js';
import { day } from '../time.js';
import { setParameters, useParameters } from '../view.js';

const FILTERS: Record<Kind | 'all', string | undefined> = {
  all: 'All',
  event: 'Events',
  properties: 'Properties',
  alias: 'Aliases',
  refused: 'Refused',
  skipped: undefined,
};

const STATES: Record<Feed['connection'], string> = { connecting: 'Connecting', on: 'Connected', off: 'Reconnecting' };

function Live({ about }: { about: About }): ComponentChildren {
  const parameters = useParameters();
  const [kind, text] = [parameters.get('kind') ?? 'all', parameters.get('text') ?? ''];
  const [isPaused, setPaused] = useState(false);
  const { arrivals, waiting, connection, isKnown } = useFeed(isPaused);
  const looked = foldText(typedText(text).trim());
  const shown = arrivals.filter(
    (one) => (kind === 'all' || kind === kindOf(one)) && (!looked || searched(one).includes(looked)),
  );
  const count = `${shown.length === arrivals.length ? '' : `${number(shown.length)} of `}${number(arrivals.length)} shown`;
  const isEmpty = arrivals.length + waiting.length === 0;
  return (
    <>
      <div class="title-line">
        <h1>Live</h1>
        <span class="state" role="status" data-mode={connection}>
          {STATES[connection]}
        </span>
        {!isEmpty && <span class="quiet">{count}</span>}
      </div>
      <Outcome filter={`${kind} ${looked}`} count={count} />
      <p class="note">
        A row is one hit of a page or a server, the newest first: an event that somebody did, properties that were set,
        an alias that makes two identities one person, or a hit that was refused, and why. The page begins with the
        latest 100 hits and 100 refused requests, and keeps up to {number(MOST_ARRIVALS)} rows. Times are in the time
        zone {timeZone()}.
      </p>
      {parameters.has('filter') && (
        <p class="note">
          The conditions of the reports do not apply here. The links to the reports keep these conditions.
        </p>
      )}
      <div class="toolbar">
        <div class="choices" role="group" aria-label="Kinds">
          {Object.entries(FILTERS).map(
            ([name, words]) =>
              words && (
                <button
                  key={name}
                  type="button"
                  aria-pressed={name === kind}
                  onClick={() => setParameters({ kind: name === 'all' ? null : name })}
                >
                  {words}
                </button>
              ),
          )}
        </div>
        <input
          type="search"
          placeholder="Person or event"
          aria-label="Filter by person or event"
          dir="auto"
          value={text}
          onInput={({ currentTarget: { value } }) => setParameters({ text: value || null }, { replace: true })}
        />
        <button type="button" class="pause" onClick={() => setPaused(!isPaused)}>
          {!isPaused ? 'Pause' : waiting.length ? `Resume (${number(waiting.length)} new)` : 'Resume'}
        </button>
      </div>
      {isEmpty && isKnown && (
        <NoHits title="Nothing has arrived yet" then="it appears here">
          {about.demo && (
            <a class="button" href={below('/demo/')}>
              Open the demo shop
            </a>
          )}
        </NoHits>
      )}
      {!isEmpty && shown.length === 0 && arrivals.length > 0 && (
        <p class="empty">Nothing that has arrived matches the filter.</p>
      )}
      <Rows arrivals={arrivals} shown={shown} />
    </>
  );
}

/** Says how many rows a changed filter shows. What arrives meanwhile is not said: on a busy site a screen reader would never end. */
function Outcome({ filter, count }: { filter: string; count: string }): ComponentChildren {
  const [said, setSaid] = useState('');
  const former = useRef(filter);
  useEffect(() => {
    if (former.current !== filter) setSaid(count);
    former.current = filter;
  }, [filter]);
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}

/** All rows are rendered. The filter hides and shows them, so that an open row stays open. */
function Rows({ arrivals, shown }: { arrivals: Arrival[]; shown: Arrival[] }): ComponentChildren {
  const isShown = new Set(shown);
  const rendered = useInTasks(arrivals.length);
  const today = day(now() / 1000);
  let [personAbove, dayAbove] = ['', today];
  return (
    <ol class="rows">
      {arrivals.slice(0, rendered).flatMap((arrival) => {
        if (!isShown.has(arrival)) return [<ArrivalRow key={arrival.id} arrival={arrival} hidden />];
        const person = 'hit' in arrival ? arrival.hit.person : '';
        const of = 'skipped' in arrival ? dayAbove : day(receivedOf(arrival));
        const row = <ArrivalRow key={arrival.id} arrival={arrival} isSame={person !== '' && person === personAbove} />;
        const begins = of !== dayAbove;
        [personAbove, dayAbove] = [person, of];
        if (!begins) return [row];
        return [
          <li key={of} class="day-line">
            {of}
          </li>,
          row,
        ];
      })}
    </ol>
  );
}

const receivedOf = (arrival: Exclude<Arrival, { skipped: unknown }>): number =>
  'hit' in arrival ? arrival.hit.received : arrival.refusal.received;

/** The text that the filter searches, folded. */
function searched(arrival: Arrival): string {
  if ('hit' in arrival) return foldText(`${arrival.hit.person}\n${arrival.hit.name ?? ''}`);
  return 'refusal' in arrival ? foldText(`${arrival.refusal.reason}\n${arrival.refusal.request}`) : '';
}

openPage('live', 'Live', Live);
