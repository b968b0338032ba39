import { fillLoader } from '../../loader/fill.js';
import { code } from './code.js';
import { showHeader } from '../components/frame.js';
import { byId, h, type Child } from '../elements.js';
import type { About } from '../../protocol/api.js';
import { address, below, COLLECTOR, currentKey, read } from '../site.js';
import { urlBuilder } from './url-builder.js';

showHeader('start');
const about = (await read<About>(address('/api/v1/about')))!;
const key = currentKey();
const taken = !about.keys || about.keys.includes(key);
// A snippet of a site that the collector refuses is no beginning: unless someone asks for it, it is of one that it takes.
if (!taken && !new URLSearchParams(location.search).has('key'))
  location.replace(`${below('/start')}?${new URLSearchParams({ key: about.keys![0]! }).toString()}`);
const script = `${COLLECTOR}/${encodeURIComponent(key)}.js`;
const loader = fillLoader(about.loader, COLLECTOR, key);

const example = `_kmq.push(['record', 'Signed Up', { 'Plan Name': 'Pro' }]);
_kmq.push(['identify', 'ada@example.com']);`;

byId('main').append(
  h(
    'div',
    { class: 'lead' },
    h('h1', {}, 'See who came, and what they did'),
    h('p', {}, 'Three steps, and the people of your site appear.'),
    about.demo &&
      h(
        'p',
        { class: 'actions' },
        h('a', { class: 'button primary', href: below('/demo/') }, 'Open the demo shop'),
        h('a', { class: 'button', href: `${below('/live')}?key=demo` }, 'Watch it live'),
      ),
  ),
  h(
    'ol',
    { class: 'steps' },
    step(
      'Paste this into the head of every page',
      !taken &&
        h(
          'p',
          { class: 'warning' },
          'This collector was not started for the site ',
          h('strong', {}, key),
          ' and refuses its hits.',
        ),
      code(`<script>${loader}</script>`),
      note(
        'It takes commands at once, loads the tracker beside the page and never holds it up. The site in it is ',
        h('strong', {}, key),
        '; choose another one at the top.',
      ),
    ),
    step(
      'Push what happens',
      code(example),
      note('Before the tracker has loaded or after, in any order, from any script.'),
    ),
    step(
      'Look',
      h(
        'p',
        {},
        h('a', { class: 'button', href: address('/') }, 'Overview'),
        h('a', { class: 'button', href: address('/live') }, 'Live'),
        h('a', { class: 'button', href: address('/people') }, 'People'),
      ),
    ),
  ),
  h(
    'details',
    {},
    h('summary', {}, 'One tag instead of a script in the page'),
    code(`<script async src="${script}"></script>`),
    note(
      'For pages whose Content-Security-Policy allows no inline script, or that require Trusted Types. Start the queue yourself where you push before it has loaded: ',
      h('code', {}, 'window._kmq = window._kmq || []'),
      '.',
    ),
  ),
  h(
    'details',
    { id: 'url-builder' },
    h('summary', {}, 'Build a tracking URL'),
    note('For places where no script runs: a mail that is opened, a link that is followed, another program.'),
    urlBuilder(),
  ),
  h(
    'p',
    { class: 'foot' },
    `kmq ${about.version} · `,
    about.keys ? `takes hits of ${about.keys.join(', ')}` : 'takes hits of any site',
  ),
);

function step(title: string, ...content: Child[]): HTMLElement {
  return h('li', {}, h('h2', {}, title), ...content);
}

function note(...content: (Node | string)[]): HTMLElement {
  return h('p', { class: 'quiet' }, ...content);
}
