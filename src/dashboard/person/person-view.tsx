import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { isAnonymous } from '../../protocol/anonymous.js';
import type { Person } from '../../protocol/api.js';
import { shown } from '../bidi.js';
import { useKept } from '../components/kept-place.js';
import { Later } from '../components/later.js';
import { displayName } from '../display-name.js';
import { ago, moment } from '../time.js';
import { Calendar } from './calendar.js';
import { Facts, type Seen } from './facts.js';
import { Identities } from './identities.js';
import { Properties } from './properties.js';
import { Timeline } from './timeline.js';

/** One person: identities, events and properties. */
export function PersonView({ person, id }: { person: Person; id: string }): ComponentChildren {
  const seen = useMemo(() => seenOf(person), [person]);
  // The last day that the timeline shows; undefined for the newest.
  const [until, setUntil] = useKept<string | undefined>('until', undefined);
  const timeline = useRef<HTMLHeadingElement>(null);
  const showDay = (day: string): void => {
    setUntil(day);
    // The timeline may be below everything that is seen.
    timeline.current?.focus();
  };
  return (
    <>
      <div class="in-short">
        <div>
          <Head person={person} seen={seen} />
          {seen && <Facts person={person} id={id} seen={seen} />}
        </div>
        {person.events.length > 0 && <Calendar events={person.events} onDay={showDay} />}
      </div>
      <Later>
        <div class="columns">
          <section aria-labelledby="timeline">
            <h2 id="timeline" ref={timeline} tabIndex={-1}>
              Timeline
            </h2>
            <Timeline key={until} person={person} until={until} onNewest={() => setUntil(undefined)} />
          </section>
          <div>
            <Later>
              <section aria-labelledby="identities">
                <h2 id="identities">Identities</h2>
                <Identities person={person} />
              </section>
              <section aria-labelledby="properties">
                <h2 id="properties">Properties</h2>
                <Properties person={person} />
              </section>
            </Later>
          </div>
        </div>
      </Later>
    </>
  );
}

function Head({ person, seen }: { person: Person; seen: Seen | undefined }): ComponentChildren {
  const name = displayName(person);
  const isUnknown = isAnonymous(name);
  return (
    <div class="person-head">
      <span class="avatar" aria-hidden="true">
        {isUnknown ? '?' : (/[\p{L}\p{N}\p{So}]/u.exec(name)?.[0] ?? '?').toUpperCase()}
      </span>
      <div>
        <h1 class={isUnknown ? 'anonymous' : undefined} title={name}>
          {shown(name)}
        </h1>
        <p class="quiet">
          {person.bot
            ? 'Bot: all hits came from a program that seems to be a bot. Bots make no visits, and the reports on these pages leave them out. '
            : isUnknown && 'Anonymous: a visitor who has not been identified yet. '}
          {seen ? (
            <>
              Last seen <time title={moment(seen.last)}>{ago(seen.last)}</time>
              {!person.partial && (
                <>
                  {' · '}first seen <time title={moment(seen.first)}>{ago(seen.first)}</time>
                </>
              )}
            </>
          ) : (
            'No event or property has arrived from this person yet.'
          )}
        </p>
      </div>
    </div>
  );
}

function seenOf({ events, properties: all }: Person): Seen | undefined {
  let first = Infinity;
  let last = -Infinity;
  for (const happened of [events, ...Object.values(all)]) {
    for (const { time } of happened) {
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
  }
  return last < first ? undefined : { first, last };
}
