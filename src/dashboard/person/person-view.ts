import type { Person, PersonEvent, PropertyValue } from '../../protocol/api.js';
import { h } from '../elements.js';
import { inSteps } from '../in-steps.js';
import { properties as chips } from '../live-row.js';
import { displayName, isAnonymous } from '../site.js';
import { ago, dateAndTime, dayOf, timeOfDay } from '../time.js';

/** Events shown at first, and again with each “Show more”. */
const EVENTS = 200;

const OLDER = 'Older hits are stored, and in the export; this page has no room for them.';

let events = EVENTS;

/** The properties whose earlier values are looked at. */
const opened = new Set<string>();

/** Shows one person: who they are, what is known of them, what they did. */
export function showPerson(into: HTMLElement, person: Person): void {
  const name = displayName(person);
  // Whoever goes by keyboard stays where they are while everything is drawn anew.
  const focused = into.contains(document.activeElement) ? document.activeElement!.id : '';
  document.title = `${name} · kmq`;
  const seen = seenOf(person);
  into.replaceChildren(
    h(
      'div',
      { class: 'person-head' },
      h('span', { class: 'avatar', 'aria-hidden': 'true' }, isAnonymous(name) ? '?' : [...name][0]!.toUpperCase()),
      h(
        'div',
        {},
        h('h1', { class: isAnonymous(name) && 'anonymous' }, name),
        h(
          'p',
          { class: 'quiet' },
          seen
            ? `${isAnonymous(name) ? 'Anonymous · l' : 'L'}ast seen ${ago(seen.last)}${person.partial ? '' : ` · first seen ${ago(seen.first)}`}`
            : 'Nothing has arrived from this person yet.',
        ),
      ),
    ),
    h(
      'div',
      { class: 'columns' },
      h('div', {}, section('Identities', identities(person)), section('Properties', properties(person.properties))),
      h('div', {}, section('Timeline', timeline(into, person))),
    ),
  );
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** When the first and the last of what is known of a person happened; undefined where nothing is. */
function seenOf({ events, properties: all }: Person): { first: number; last: number } | undefined {
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

function section(title: string, ...content: Node[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...content);
}

function identities({ identities: all, customerIds }: Person): HTMLElement {
  const seen = new Set(customerIds);
  const item = (identity: string): HTMLElement =>
    h(
      'li',
      {},
      h('span', { class: isAnonymous(identity) ? 'identity anonymous' : 'identity' }, identity),
      h('span', { class: 'tag' }, isAnonymous(identity) ? 'anonymous' : seen.has(identity) ? 'customer id' : 'alias'),
    );
  return inSteps(h('ul', { class: 'identities' }), all, (identity) => [item(identity)], 'identities');
}

function properties(all: Person['properties']): HTMLElement {
  const entries = Object.entries(all);
  if (!entries.length) return h('p', { class: 'quiet' }, 'None has been set.');
  const row = ([name, history]: [string, PropertyValue[]]): Node[] => [
    h('dt', {}, name),
    h('dd', {}, ...values(name, history)),
  ];
  return inSteps(h('dl', { class: 'properties' }), entries, row, 'properties');
}

/** The current value, and behind it what it was before. */
function values(name: string, history: PropertyValue[]): HTMLElement[] {
  const current = history.at(-1)!;
  const now = h('span', { class: 'value', title: dateAndTime(current.time) }, current.value || '–');
  if (history.length === 1) return [now];
  const summary = h('summary', { id: `before-${name}` }, `${(history.length - 1).toLocaleString()} before`);
  const details = h('details', { open: opened.has(name) }, summary);
  // A hundred properties with a thousand values each are looked at one by one.
  const fill = (): void => {
    const earlier = history.slice(0, -1).reverse();
    const item = ({ value, time }: PropertyValue): Node[] => [
      h('li', {}, value || '–', h('time', {}, dateAndTime(time))),
    ];
    details.append(inSteps(h('ol'), earlier, item));
  };
  details.addEventListener('toggle', fill, { once: true });
  details.addEventListener('toggle', () => (details.open ? opened.add(name) : opened.delete(name)));
  return [now, details];
}

function timeline(into: HTMLElement, person: Person): HTMLElement {
  if (!person.events.length) return h('p', { class: 'quiet' }, person.partial ? OLDER : 'No event yet.');
  const newest = person.events.slice(-events).reverse();
  const days = groupByDay(newest);
  const result = h(
    'div',
    { class: 'timeline' },
    ...[...days].map(([title, ofDay]) =>
      h('div', { class: 'day' }, h('h3', {}, title), h('ol', {}, ...ofDay.map(event))),
    ),
  );
  if (person.events.length > events) {
    const more = h(
      'button',
      { type: 'button', id: 'more-events' },
      `Show more (${(person.events.length - events).toLocaleString()} older)`,
    );
    more.addEventListener('click', () => {
      events += EVENTS;
      showPerson(into, person);
    });
    result.append(more);
  } else if (person.partial) {
    result.append(h('p', { class: 'quiet' }, OLDER));
  }
  return result;
}

function event({ name, time, properties: said }: PersonEvent): HTMLElement {
  return h(
    'li',
    {},
    h('time', { title: dateAndTime(time) }, timeOfDay(time)),
    h('div', { class: 'detail' }, h('strong', { class: 'what' }, name), chips(said)),
  );
}

function groupByDay(events: PersonEvent[]): Map<string, PersonEvent[]> {
  const days = new Map<string, PersonEvent[]>();
  for (const event of events) {
    const day = dayOf(event.time);
    const others = days.get(day);
    if (others) others.push(event);
    else days.set(day, [event]);
  }
  return days;
}
