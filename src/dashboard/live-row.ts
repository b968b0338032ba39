import type { LiveHit, LiveRefusal } from '../protocol/api.js';
import { foldText } from '../protocol/fold.js';
import { h, type Child } from './elements.js';
import { inSteps } from './in-steps.js';
import { isAnonymous, personAddress } from './site.js';
import { dateAndTime, timeOfDay } from './time.js';

export type RowKind = LiveHit['kind'] | 'refused';

/** One line of the live page, and what filters ask of it. */
export interface Row {
  kind: RowKind;
  /** What the text filter looks through, folded. */
  searched: string;
  element: HTMLElement;
}

const LABELS: Record<RowKind, string> = { event: 'event', properties: 'set', alias: 'alias', refused: 'refused' };

export function hitRow(hit: LiveHit): Row {
  const aliased = hit.kind === 'alias';
  const title = aliased
    ? h('span', { class: 'what' }, 'is also ', person(hit.name!))
    : hit.name !== null && h('strong', { class: 'what' }, hit.name);
  const element = h(
    'li',
    { class: `row ${hit.kind}` },
    time(hit.received),
    h('span', { class: 'kind' }, LABELS[hit.kind]),
    person(hit.person),
    h(
      'div',
      { class: 'detail' },
      title,
      hit.time !== hit.received && h('span', { class: 'tag' }, `happened ${dateAndTime(hit.time)}`),
      hit.duplicate &&
        h(
          'span',
          {
            class: 'tag',
            title:
              'It is here already: with the same id, or, without one, as the same event of this person in the same second',
          },
          'not counted again',
        ),
      properties(hit.properties),
      hit.moreProperties && more(hit.moreProperties),
      ...hit.warnings.map((warning) => h('p', { class: 'warning' }, warning)),
    ),
  );
  return { kind: hit.kind, searched: foldText(`${hit.person}\n${hit.name ?? ''}`), element };
}

export function refusedRow(refusal: LiveRefusal): Row {
  const element = h(
    'li',
    { class: 'row refused' },
    time(refusal.received),
    h('span', { class: 'kind' }, LABELS.refused),
    h(
      'div',
      { class: 'detail wide' },
      h('strong', { class: 'what' }, refusal.reason),
      refusal.request && h('code', {}, refusal.request),
    ),
  );
  return { kind: 'refused', searched: foldText(`${refusal.reason}\n${refusal.request}`), element };
}

/** The properties of a hit, a hundred at first. */
function properties(all: Record<string, string>): HTMLElement {
  return inSteps(h('div', { class: 'chips' }), Object.entries(all), (entry) => [property(entry)]);
}

/** What Live was not sent. */
function more(count: number): HTMLElement {
  const title = 'Live has no room for them. They are stored, and shown with the person.';
  return h('span', { class: 'quiet', title }, `and ${count.toLocaleString()} more`);
}

/** A property as people read it: what is too long to be read at a glance is in the title. */
function property([name, value]: [string, string]): HTMLElement {
  return h(
    'span',
    { class: 'property', title: `${name}: ${value}` },
    h('span', { class: 'name' }, name),
    h('span', { class: 'value' }, value || '–'),
  );
}

/** An identity, which leads to the person behind it. */
function person(identity: string): HTMLElement {
  const known = isAnonymous(identity) ? 'identity anonymous' : 'identity';
  return h('a', { class: known, href: personAddress(identity), title: identity }, identity);
}

function time(received: number): Child {
  return h(
    'time',
    { datetime: new Date(received * 1000).toISOString(), title: dateAndTime(received) },
    timeOfDay(received),
  );
}
