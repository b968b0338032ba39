import type { Person, PersonEvent, PropertyValue } from '../protocol/api.js';
import { h } from './elements.js';
import { property } from './live-row.js';
import { displayName, isAnonymous } from './site.js';
import { ago, dateAndTime, dayOf, timeOfDay } from './time.js';

/** Events shown at first, and again with each “Show more”. */
const EVENTS = 200;

let events = EVENTS;

/** Shows one person: who they are, what is known of them, what they did. */
export function showPerson(into: HTMLElement, person: Person): void {
  const name = displayName(person);
  document.title = `${name} · kmq`;
  const times = [...person.events, ...Object.values(person.properties).flat()].map(({ time }) => time);
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
          times.length
            ? `${isAnonymous(name) ? 'Anonymous · l' : 'L'}ast seen ${ago(Math.max(...times))} · first seen ${ago(Math.min(...times))}`
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
}

function section(title: string, ...content: Node[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...content);
}

function identities({ identities: all, customerIds }: Person): HTMLElement {
  const seen = new Set(customerIds);
  return h(
    'ul',
    { class: 'identities' },
    ...all.map((identity) =>
      h(
        'li',
        {},
        h('span', { class: isAnonymous(identity) ? 'identity anonymous' : 'identity' }, identity),
        h('span', { class: 'tag' }, isAnonymous(identity) ? 'anonymous' : seen.has(identity) ? 'customer id' : 'alias'),
      ),
    ),
  );
}

function properties(all: Person['properties']): HTMLElement {
  const entries = Object.entries(all);
  if (!entries.length) return h('p', { class: 'quiet' }, 'None has been set.');
  return h(
    'dl',
    { class: 'properties' },
    ...entries.flatMap(([name, history]) => [h('dt', {}, name), h('dd', {}, ...values(history))]),
  );
}

/** The current value, and behind it what it was before. */
function values(history: PropertyValue[]): HTMLElement[] {
  const current = history.at(-1)!;
  const now = h('span', { class: 'value', title: dateAndTime(current.time) }, current.value || '–');
  if (history.length === 1) return [now];
  const earlier = history.slice(0, -1).reverse();
  return [
    now,
    h(
      'details',
      {},
      h('summary', {}, `${earlier.length} before`),
      h('ol', {}, ...earlier.map(({ value, time }) => h('li', {}, value || '–', h('time', {}, dateAndTime(time))))),
    ),
  ];
}

function timeline(into: HTMLElement, person: Person): HTMLElement {
  if (!person.events.length) return h('p', { class: 'quiet' }, 'No event yet.');
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
      { type: 'button' },
      `Show more (${(person.events.length - events).toLocaleString()} older)`,
    );
    more.addEventListener('click', () => {
      events += EVENTS;
      showPerson(into, person);
    });
    result.append(more);
  }
  return result;
}

function event({ name, time, properties: said }: PersonEvent): HTMLElement {
  return h(
    'li',
    {},
    h('time', { title: dateAndTime(time) }, timeOfDay(time)),
    h('div', { class: 'detail' }, h('strong', { class: 'what' }, name), ...Object.entries(said).map(property)),
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
