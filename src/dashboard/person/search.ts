import type { People, PersonSummary } from '../../protocol/api.js';
import { h } from '../elements.js';
import { address, currentKey, displayName, isAnonymous, personAddress, read } from '../site.js';
import { ago } from '../time.js';

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
    const q = text.value.trim();
    const answer = await read<People>(address('/api/v1/people', { q })).catch((error: Error) => error);
    // An answer that was overtaken by the next question is not shown.
    if (question !== asked) return;
    if (answer instanceof Error)
      return results.replaceChildren(h('li', { class: 'empty' }, 'The search has no answer: ', answer.message));
    const { people } = answer!;
    results.replaceChildren(...(people.length ? people.map(result) : [nobody(q)]));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  text.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), TYPING_PAUSE_MS);
  });
  void search();
}

function nobody(searched: string): HTMLElement {
  if (searched) return h('li', { class: 'empty' }, 'Nobody has an identity like that.');
  return h(
    'li',
    { class: 'empty' },
    h('p', {}, 'Nobody has come to ', h('strong', {}, currentKey()), ' yet.'),
    h(
      'p',
      { class: 'actions center' },
      h('a', { class: 'button primary', href: address('/start') }, 'Get the snippet'),
    ),
  );
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
