import type { Person } from '../../protocol/api.js';
import { showHeader } from '../components/frame.js';
import { byId, h } from '../elements.js';
import { showPerson } from './person-view.js';
import { address, currentKey, read } from '../site.js';

/** How often a page that is looked at asks for news, in milliseconds. */
const REFRESH_MS = 5000;

showHeader('people');
const identity = new URLSearchParams(location.search).get('id');
if (identity) await follow(identity);
// The search is where people are.
else location.replace(address('/people'));

/** Shows a person, and again whenever something has changed while the page is being looked at. */
async function follow(id: string): Promise<void> {
  let shown: string | undefined;
  const refresh = async (): Promise<void> => {
    const person = await read<Person>(address('/api/v1/person', { id })).catch(() => null);
    // Out of reach: what is shown stays, and the next attempt may do better.
    if (person === null && shown !== undefined) return;
    const state = JSON.stringify(person ?? null);
    if (state === shown) return;
    shown = state;
    if (person) showPerson(byId('main'), person);
    else showMissing(id, person === null);
  };
  await refresh();
  setInterval(() => document.visibilityState === 'visible' && void refresh(), REFRESH_MS);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void refresh());
}

function showMissing(id: string, unreachable: boolean): void {
  const reason = unreachable ? 'The collector cannot be reached.' : `No one on ${currentKey()} has this identity yet.`;
  byId('main').replaceChildren(
    h(
      'div',
      { class: 'empty' },
      h('h1', {}, 'Nobody here'),
      h('p', { class: 'break' }, h('code', {}, id)),
      h('p', {}, reason),
    ),
    h('p', { class: 'actions center' }, h('a', { class: 'button', href: address('/person') }, 'Search people')),
  );
}
