// The shop itself: the products, the cart, and the frame around each page. The commands for kmq are in the
// pages, as an owner would write them. This script only shows them at the bottom of each page.

export const products = [
  { id: 'assam', name: 'First Light Assam', price: 11, text: 'Malty and warm, for mornings that need a hand.' },
  { id: 'sencha', name: 'River Sencha', price: 14, text: 'Green, soft and a little salty, like the sea in May.' },
  { id: 'chamomile', name: 'Slow Chamomile', price: 9, text: 'Whole flowers, for the hour after the last e-mail.' },
  { id: 'midnight', name: 'Midnight Rooibos', price: 12, text: 'No caffeine, much vanilla. Read one more chapter.' },
];

export const product = (id) => products.find((one) => one.id === id) ?? products[0];
export const money = (amount) => `$${amount.toFixed(2)}`;

/** A browser storage. It may be disabled; the shop works without it. */
function storage(name) {
  return {
    read(otherwise) {
      try {
        return JSON.parse(window[name].getItem('leaf')) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    write(value) {
      try {
        window[name].setItem('leaf', JSON.stringify(value));
      } catch {
        // Then the value is not stored.
      }
    },
  };
}

const cart = storage('localStorage');
const pushes = storage('sessionStorage');

export const cartItems = () => cart.read([]).map(product);
export const cartTotal = () => cartItems().reduce((sum, { price }) => sum + price, 0);
export const addToCart = (id) => cart.write([...cart.read([]), id]);
export const emptyCart = () => cart.write([]);

/** Makes an element. Strings become text and never markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Whether the visitor refused on the privacy page. kmq keeps that choice in this cookie, which contains nothing else. */
export const isOptedOut = () => /(^|; )kmq=out(;|$)/.test(document.cookie);

/** The commands of the previous page, and of this page so far. */
const before = pushes.read([]);
const now = [];

/** Shows the pushed commands. kmq gets them unchanged. */
function overhear(queue) {
  let { push } = queue;
  const overheard = (...items) => {
    now.push(`_kmq.push(${items.map(write).join(', ')})`);
    pushes.write(now);
    showPushes();
    push.apply(queue, items);
    // The visitor may have another identity now.
    push.call(queue, showVisitor);
  };
  // The tracker replaces the loader's push by another one.
  Object.defineProperty(queue, 'push', {
    get: () => overheard,
    set(tracker) {
      push = tracker;
    },
  });
}

/** Writes a value as the page wrote it. */
function write(value) {
  if (typeof value === 'function') return value.name || String(value).replace(/\s+/g, ' ');
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`;
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  if (Object(value) !== value) return String(value);
  const pairs = Object.entries(value).map(([name, one]) => `${/^\w+$/.test(name) ? name : write(name)}: ${write(one)}`);
  return `{ ${pairs.join(', ')} }`;
}

const MOST_SHOWN = 8;

function showPushes() {
  const line = (time) => (text) => h('li', { class: time }, h('code', {}, text));
  const lines = [...before.map(line('before')), ...now.map(line('now'))];
  if (!lines.length)
    lines.push(h('li', { class: 'before' }, 'Nothing yet. kmq records visits and page views by itself.'));
  document.querySelector('.strip ol').replaceChildren(...lines.slice(-MOST_SHOWN));
}

const signIn = () => [h('a', { href: 'sign-up.html' }, 'Sign up'), h('a', { href: 'sign-in.html' }, 'Sign in')];

/** Runs when the tracker has loaded: before that, the identity is not known. */
function showVisitor() {
  const debugging = new URL(location.href);
  debugging.searchParams.set('km_debug', '1');
  const id = !isOptedOut() && window.KM.i();
  const person = `../person?key=demo&id=${encodeURIComponent(id)}`;
  // Whoever signs up gives an e-mail address; other ids are random.
  const isSignedIn = id && id.includes('@');
  document
    .querySelector('.account')
    .replaceChildren(...(isSignedIn ? ['Signed in as ', h('a', { href: person }, id)] : signIn()));
  document.querySelector('.sign-out').hidden = !isSignedIn;
  document
    .querySelector('.you')
    .replaceChildren(
      ...(id
        ? [h('p', {}, 'You are ', h('strong', {}, id)), h('a', { href: person }, 'See yourself')]
        : [h('p', {}, 'You asked not to be tracked.')]),
      h('a', { href: '../live?key=demo' }, 'Watch Live'),
      h('a', { href: debugging.href }, 'Debug in the console'),
    );
}

function showFrame() {
  const count = cartItems().length;
  document.body.prepend(
    h(
      'header',
      {},
      h('a', { class: 'brand', href: './' }, 'Kettle & Leaf'),
      h(
        'nav',
        {},
        h('span', { class: 'account' }, ...signIn()),
        h('a', { href: 'sign-out.html', class: 'sign-out', hidden: '' }, 'Sign out'),
        h('a', { href: 'cart.html', class: 'cart' }, `Cart (${count})`),
      ),
    ),
  );
  document.body.append(
    h(
      'footer',
      {},
      h('a', { href: 'brewing.html' }, 'How to brew'),
      h('a', { href: 'letter.html' }, 'The tea letter'),
      h('a', { href: 'privacy.html' }, 'Privacy'),
    ),
    h(
      'aside',
      { class: 'strip' },
      h('div', {}, h('h2', {}, 'What this shop told kmq'), h('ol')),
      h('div', { class: 'you' }, h('p', {}, 'The tracker has not loaded: the shop works without it.')),
    ),
  );
  showPushes();
}

// If the page has the loader there is a queue. The shop also works without it.
window._kmq = window._kmq || [];
pushes.write(now);
showFrame();
window._kmq.push(showVisitor);
overhear(window._kmq);
