import type { LiveHit, LiveRefusal, LiveSkipped } from '../../protocol/api.js';
import { foldText } from '../../protocol/fold.js';
import { showHeader } from '../components/frame.js';
import { byId, h } from '../elements.js';
import { hitRow, refusedRow, type Row, type RowKind } from '../live-row.js';
import { address, currentKey, read } from '../site.js';

/** Rows kept: more than anyone reads, few enough for the smallest phone. */
const MOST_ROWS = 500;

const FILTERS: [kind: RowKind | 'all', label: string][] = [
  ['all', 'All'],
  ['event', 'Events'],
  ['properties', 'Properties'],
  ['alias', 'Aliases'],
  ['refused', 'Refused'],
];

showHeader('live');
document.title = `Live · ${currentKey()} · kmq`;

const text = h('input', {
  type: 'search',
  placeholder: 'Filter by person or event',
  'aria-label': 'Filter by person or event',
});
const pause = h('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause');
const state = h('span', { class: 'state', role: 'status' }, 'Connecting');
const count = h('span', { class: 'quiet', 'aria-live': 'polite' });
const list = h('ol', { class: 'rows' });
const empty = h(
  'div',
  { class: 'empty', hidden: true },
  h('h2', {}, 'Nothing has arrived yet'),
  h('p', {}, 'As soon as a page of ', h('strong', {}, currentKey()), ' sends something, it appears here.'),
  h('p', {}, h('a', { class: 'button primary', href: address('/start') }, 'Get the snippet')),
);
const none = h('p', { class: 'empty', hidden: true }, 'Nothing that has arrived matches the filter.');

byId('main').append(
  h('div', { class: 'title-line' }, h('h1', {}, 'Live'), state, count),
  h(
    'div',
    { class: 'toolbar' },
    text,
    h('div', { class: 'choices', role: 'group', 'aria-label': 'Kinds' }, ...FILTERS.map(choice)),
    pause,
  ),
  empty,
  none,
  list,
);

let rows: Row[] = [];
let incoming: Row[] = [];
let kind: RowKind | 'all' = 'all';
let paused = false;
let scheduled = false;

const source = new EventSource(address('/api/v1/live'));
source.addEventListener('open', () => {
  setState('Live', 'on');
  // What is stored already comes with the connection; an empty site is known to be empty a moment later.
  setTimeout(() => (empty.hidden = rows.length + incoming.length > 0), 600);
});
source.addEventListener('error', () => {
  setState('Reconnecting', 'off');
  // The browser has given up: another question learns whether it is for want of a session.
  if (source.readyState === EventSource.CLOSED) void read(address('/api/v1/about'));
});
source.addEventListener('hit', ({ data }: MessageEvent<string>) => add(hitRow(JSON.parse(data) as LiveHit)));
source.addEventListener('refused', ({ data }: MessageEvent<string>) =>
  add(refusedRow(JSON.parse(data) as LiveRefusal)),
);
source.addEventListener('skipped', ({ data }: MessageEvent<string>) => {
  const { count, more } = JSON.parse(data) as LiveSkipped;
  const skipped = `${more ? 'More than ' : ''}${count.toLocaleString()}`;
  const element = h('li', { class: 'row skipped' }, `${skipped} more arrived at once; they are stored, not shown.`);
  add({ kind: 'event', searched: '', element });
});

text.addEventListener('input', filter);
pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  schedule();
});

function add(row: Row): void {
  incoming.push(row);
  // Paused, the latest are kept as well, and no more than are ever shown.
  if (incoming.length > MOST_ROWS) incoming.shift();
  schedule();
}

/** The page is written to once a frame, however much arrives. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    show();
  });
}

function show(): void {
  pause.textContent = !paused ? 'Pause' : incoming.length ? `Resume (${incoming.length} new)` : 'Resume';
  if (!paused && incoming.length) {
    empty.hidden = true;
    for (const row of incoming) {
      row.element.hidden = !matches(row);
      list.prepend(row.element);
    }
    rows.push(...incoming);
    incoming = [];
    for (const old of rows.slice(0, -MOST_ROWS)) old.element.remove();
    rows = rows.slice(-MOST_ROWS);
  }
  const shown = rows.filter(({ element }) => !element.hidden).length;
  count.textContent = shown === rows.length ? `${rows.length} shown` : `${shown} of ${rows.length} shown`;
  none.hidden = shown > 0 || rows.length === 0;
}

function filter(): void {
  for (const row of rows) row.element.hidden = !matches(row);
  show();
}

function matches({ kind: of, searched }: Row): boolean {
  return (kind === 'all' || kind === of) && searched.includes(foldText(text.value.trim()));
}

function choice([value, label]: (typeof FILTERS)[number]): HTMLElement {
  const button = h('button', { type: 'button', 'aria-pressed': String(value === 'all') }, label);
  button.addEventListener('click', () => {
    kind = value;
    for (const other of button.parentElement!.children) other.setAttribute('aria-pressed', String(other === button));
    filter();
  });
  return button;
}

function setState(label: string, mode: 'on' | 'off'): void {
  state.textContent = label;
  state.dataset.mode = mode;
}
