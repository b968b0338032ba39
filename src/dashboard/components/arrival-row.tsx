import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { isAnonymous } from '../../protocol/anonymous.js';
import type { LiveHit, LiveRefusal } from '../../protocol/api.js';
import { number } from '../format.js';
import { personAddress } from '../view.js';
import { isolated, shown } from '../bidi.js';
import { dateAndTime, timeOfDay } from '../time.js';
import type { Arrival } from './feed.js';

export type Kind = LiveHit['kind'] | 'refused' | 'skipped';

const LABELS: Record<Exclude<Kind, 'skipped'>, string> = {
  event: 'event',
  properties: 'properties',
  alias: 'alias',
  refused: 'refused',
};

/** How many properties a row shows before it is opened. More do not fit into a line. */
const AT_FIRST = 8;

export function kindOf(arrival: Arrival): Kind {
  if ('hit' in arrival) return arrival.hit.kind;
  return 'refusal' in arrival ? 'refused' : 'skipped';
}

interface ArrivalRowProps {
  arrival: Arrival;
  hidden?: boolean;
  /** Whether the row above has the same person. */
  isSame?: boolean;
}

/** An arrival in one line. When it is opened, it shows everything. */
export function ArrivalRow({ arrival, hidden = false, isSame = false }: ArrivalRowProps): ComponentChildren {
  const [isOpen, setOpen] = useState(false);
  const kind = kindOf(arrival);
  // Memoised: of hundreds of rows, unchanged ones must cost nothing.
  const content = useMemo(() => contentOf(arrival, isOpen), [arrival, isOpen]);
  const canOpen = 'hit' in arrival ? Object.keys(arrival.hit.properties).length > 0 : 'refusal' in arrival;
  return (
    <li class={`row ${kind}${isSame ? ' same' : ''}${isOpen ? ' opened' : ''}`} hidden={hidden}>
      {content}
      {canOpen && (
        <button
          type="button"
          class="plain unfold"
          aria-expanded={isOpen}
          aria-label={`All of this row: ${isolated(('hit' in arrival && arrival.hit.name) || LABELS[kind as 'event'])}`}
          onClick={() => setOpen(!isOpen)}
        />
      )}
    </li>
  );
}

function contentOf(arrival: Arrival, isOpen: boolean): ComponentChildren {
  if ('hit' in arrival) return <Hit hit={arrival.hit} isOpen={isOpen} />;
  if ('refusal' in arrival) return <Refusal refusal={arrival.refusal} isOpen={isOpen} />;
  const { count, more } = arrival.skipped;
  return `${more ? 'More than ' : ''}${number(count)} others arrived at once; they are stored, but not shown here.`;
}

function Hit({ hit, isOpen }: { hit: LiveHit; isOpen: boolean }): ComponentChildren {
  const { kind, name, time, received, duplicate, warnings } = hit;
  return (
    <>
      <Time received={received} />
      <span class="kind">{LABELS[kind]}</span>
      <Identity identity={hit.person} />
      <div class="detail">
        {kind === 'alias' ? (
          <span class="what">
            is also <Identity identity={name!} />
          </span>
        ) : (
          name !== null && (
            <strong class="what">
              <bdi>{shown(name)}</bdi>
            </strong>
          )
        )}
        {time !== received && <span class="tag">happened {dateAndTime(time)}</span>}
        {duplicate && (
          <span
            class="tag"
            title="A repeat: the same event of this identity in the same second was stored before. This one is stored as well, and does not count."
          >
            not counted again
          </span>
        )}
        <Properties hit={hit} isOpen={isOpen} />
      </div>
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
    </>
  );
}

function Properties({ hit, isOpen }: { hit: LiveHit; isOpen: boolean }): ComponentChildren {
  const { properties, moreProperties = 0 } = hit;
  const all = Object.entries(properties);
  const shown = isOpen ? all : all.slice(0, AT_FIRST);
  const others = all.length - shown.length + moreProperties;
  return (
    <>
      {shown.map(Property)}
      {others > 0 && (
        <span
          class="quiet"
          {...(isOpen && { title: 'Live does not show them. They are stored, and the page of the person shows them.' })}
        >
          and {number(others)} more
        </span>
      )}
    </>
  );
}

function Property([name, value]: [string, string]): ComponentChildren {
  return (
    <span key={name} class="property" title={`${isolated(name)}: ${isolated(value)}`}>
      <span class="name">
        <bdi>{shown(name)}</bdi>:{' '}
      </span>
      <span class="value">{(value && shown(value)) || '–'}</span>
    </span>
  );
}

function Refusal({ refusal, isOpen }: { refusal: LiveRefusal; isOpen: boolean }): ComponentChildren {
  const { received, reason, advice, request } = refusal;
  return (
    <>
      <Time received={received} />
      <span class="kind">{LABELS.refused}</span>
      <div class="detail wide">
        <strong class="what">{isolated(reason)}</strong>
        {request && <code dir="auto">{request}</code>}
      </div>
      {isOpen && <p class="advice">{advice}</p>}
    </>
  );
}

/** An identity, as a link to its person. */
function Identity({ identity }: { identity: string }): ComponentChildren {
  return (
    <a
      class={isAnonymous(identity) ? 'identity anonymous' : 'identity'}
      href={personAddress(identity)}
      title={identity}
      dir="auto"
    >
      {shown(identity)}
    </a>
  );
}

const Time = ({ received }: { received: number }): ComponentChildren => (
  <time dateTime={new Date(received * 1000).toISOString()} title={dateAndTime(received)}>
    {timeOfDay(received)}
  </time>
);
