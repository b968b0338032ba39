import type { ComponentChildren } from 'preact';
import type { Person, PersonEvent } from '../../protocol/api.js';
import { isolated, shown } from '../bidi.js';
import { useKept } from '../components/kept-place.js';
import { useInTasks } from '../components/in-tasks.js';
import { duration, number } from '../format.js';
import { dateAndTime, timeOfDay } from '../time.js';
import { dayInWords, dayOf, minuteOfDay } from './days.js';
import { InSteps } from './in-steps.js';
import { daysOf, type Part } from './visits.js';

/** How many events are shown at first, and added with each “Show more”. */
const STEP = 100;

/** The most events on the page. If more are shown, events at the other end are removed: too many would make the page hang. */
const MOST = 1000;

const OLDER = 'Older hits are stored, and are in the export; this page does not show them.';

/** The events of a person, newest first, by days and visits. @param until the last day that is shown; without it all days */
export function Timeline({
  person,
  until,
  onNewest,
}: {
  person: Person;
  until: string | undefined;
  onNewest: () => void;
}): ComponentChildren {
  const { events, visits, partial } = person;
  const [end, setEnd] = useKept(`shown until ${until}`, STEP);
  const rendered = useInTasks(Math.min(end, MOST, events.length));
  if (!events.length) return <p class="quiet">{partial ? OLDER : 'No event yet.'}</p>;
  const newer = until === undefined ? 0 : countAfter(events, until);
  const begin = Math.max(newer, newer + end - MOST);
  const shown = events
    .slice(Math.max(0, events.length - newer - end), events.length - begin)
    .reverse()
    .slice(0, rendered);
  const older = events.length - newer - end;
  return (
    <div class="timeline">
      {begin > 0 && (
        <p class="actions">
          <button type="button" onClick={() => (newer ? onNewest() : setEnd(STEP))}>
            Back to the newest ({number(begin)} newer)
          </button>
        </p>
      )}
      {daysOf(shown, visits).map(({ day, parts }) => (
        <div key={day} class="day">
          <h3>{dayInWords(parts[0]!.visit?.from ?? parts[0]!.events[0]!.time)}</h3>
          {parts.map((part, index) => (
            // Numbered from the end, since new parts are added at the beginning.
            <PartOfDay key={part.visit?.from ?? `between ${parts.length - index}`} part={part} />
          ))}
        </div>
      ))}
      {/* It appears after the events above it, which are rendered in parts: a button that moves cannot be pressed. */}
      {older > 0 && rendered >= STEP && (
        <button type="button" class="more-events" onClick={() => setEnd(end + STEP)}>
          Show more ({number(older)} older)
        </button>
      )}
      {older <= 0 && partial && <p class="quiet">{OLDER}</p>}
    </div>
  );
}

/** How many events are after a day. They are sorted, so a binary search is enough. */
function countAfter(events: readonly PersonEvent[], day: string): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dayOf(events[middle]!.time) <= day) low = middle + 1;
    else high = middle;
  }
  return events.length - low;
}

function PartOfDay({ part: { visit, events } }: { part: Part }): ComponentChildren {
  const list = (
    <ol>
      {events.map((event, index) => (
        <Event key={events.length - index} event={event} />
      ))}
    </ol>
  );
  if (!visit) return list;
  const [from, to] = [minuteOfDay(visit.from), minuteOfDay(visit.to)];
  return (
    <div class="visit">
      <h4>
        Visit, {from}
        {to !== from && `–${to}`}
        {visit.to > visit.from && <span class="quiet">{duration(visit.to - visit.from)}</span>}
      </h4>
      {list}
    </div>
  );
}

function Event({ event: { name, time, properties } }: { event: PersonEvent }): ComponentChildren {
  return (
    <li>
      <time title={dateAndTime(time)}>{timeOfDay(time)}</time>
      <div class="detail">
        <strong class="what">
          <bdi>{shown(name)}</bdi>
        </strong>
        <InSteps items={Object.entries(properties)} list={(shown) => shown}>
          {([name, value]) => (
            <span key={name} class="property" title={`${isolated(name)}: ${isolated(value)}`}>
              <span class="name">
                <bdi>{shown(name)}</bdi>:{' '}
              </span>
              <span class="value">{(value && shown(value)) || '–'}</span>
            </span>
          )}
        </InSteps>
      </div>
    </li>
  );
}
