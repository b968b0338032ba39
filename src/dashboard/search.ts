import type { People, PersonSummary } from '../protocol/api.js';
import { h } from './elements.js';
import { address, displayName, isAnonymous, personAddress, read } from './site.js';
import { ago } from './time.js';

/** How long a reader must have stopped typing, in milliseconds. */
const TYPING_PAUSE_MS = 150;

/** Shows the search for people: the latest at first, then those with an identity that contains the text. */
export function showSearch(into: HTMLElement): void {
  const text = h('input', {
    type: 'search',
    placeholder: 'Part of an identity: a name, an address, an id',
    'aria-label': 'Search people',
    autofocus: true,
  });
  const results = h('ol', { class: 'people', 'aria-live': 'polite' });
  into.append(h('h1', {}, 'People'), h('div', { class: 'toolbar' }, text), results);

  let asked = 0;
  const search = async (): Promise<void> => {
    const question = ++asked;
    const people = (await read<People>(address('/api/v1/people', { q: text.value.trim() })))!.people;
    // An answer that was overtaken by the next question is not shown.
    if (question !== asked) return;
    results.replaceChildren(...people.map(result));
    if (!people.length)
      results.append(
        h('li', { class: 'empty' }, text.value ? 'Nobody has an identity like that.' : 'Nobody has come yet.'),
      );
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  text.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), TYPING_PAUSE_MS);
  });
  void search();
}

function result(person: PersonSummary): HTMLElement {
  const name = displayName(person);
  const others = person.identities.filter((identity) => identity !== name).length + (person.moreIdentities ?? 0);
  return h(
    'li',
    {},
    h(
      'a',
      { href: personAddress(name) },
      h('span', { class: isAnonymous(name) ? 'identity anonymous' : 'identity' }, name),
      others > 0 &&
        h(
          'span',
          { class: 'quiet' },
          `and ${others.toLocaleString()} more ${others === 1 ? 'identity' : 'identities'}`,
        ),
      h('span', { class: 'when' }, person.lastSeen === null ? 'never seen' : ago(person.lastSeen)),
    ),
  );
}
