// The shop itself: what is sold, the cart, and the frame around each page. What the pages tell kmq is in the
// pages, as an owner would write it.

export const products = [
  { id: 'assam', name: 'First Light Assam', price: 11, text: 'Malty and warm, for mornings that need a hand.' },
  { id: 'sencha', name: 'River Sencha', price: 14, text: 'Green, soft and a little salty, like the sea in May.' },
  { id: 'chamomile', name: 'Slow Chamomile', price: 9, text: 'Whole flowers, for the hour after the last e-mail.' },
  { id: 'midnight', name: 'Midnight Rooibos', price: 12, text: 'No caffeine, much vanilla. Read one more chapter.' },
];

export const product = (id) => products.find((one) => one.id === id) ?? products[0];
export const money = (amount) => `$${amount.toFixed(2)}`;

/** A store of the browser that may be switched off; the shop works without. */
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
        // Not remembered, then.
      }
    },
  };
}

const cart = storage('localStorage');
const pushed = storage('sessionStorage');

export const cartItems = () => cart.read([]).map(product);
export const cartTotal = () => cartItems().reduce((sum, { price }) => sum + price, 0);
export const addToCart = (id) => cart.write([...cart.read([]), id]);
export const emptyCart = () => cart.write([]);

/** Makes an element; texts become text, whatever is in them. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What the pages say to kmq: pushed, and kept for the strip at the foot of this page and the next. */
export function track(...command) {
  window._kmq.push(command);
  pushed.write([...pushed.read([]), describe(command)].slice(-4));
  showStrip();
}

const describe = (command) =>
  `_kmq.push([${command
    .filter((part) => typeof part !== 'function')
    .map((part) => JSON.stringify(part))
    .join(', ')}])`;

function showStrip() {
  document
    .querySelector('.strip ol')
    ?.replaceChildren(...pushed.read([]).map((text) => h('li', {}, h('code', {}, text))));
}

function showFrame() {
  const count = cartItems().length;
  document.body.prepend(
    h(
      'header',
      {},
      h('a', { class: 'brand', href: '/demo/' }, 'Kettle & Leaf'),
      h(
        'nav',
        {},
        h('a', { href: 'sign-up.html' }, 'Sign up'),
        h('a', { href: 'sign-in.html' }, 'Sign in'),
        h('a', { href: 'sign-out.html' }, 'Sign out'),
        h('a', { href: 'cart.html', class: 'cart' }, `Cart (${count})`),
      ),
    ),
  );
  const you = h('p', { class: 'you' }, 'The tracker has not arrived: the shop works without it.');
  document.body.append(
    h('footer', { class: 'strip' }, h('div', {}, h('h2', {}, 'What this shop told kmq'), h('ol')), you),
  );
  showStrip();
  // A pushed function runs once the tracker is there: before it, nobody knows who this is.
  window._kmq.push(() => {
    const id = window.KM.i();
    const person = `/person?key=demo&id=${encodeURIComponent(id)}`;
    you.replaceChildren(
      'You are ',
      h('strong', {}, id),
      h('br'),
      h('a', { href: person }, 'See yourself'),
      ' · ',
      h('a', { href: '/live?key=demo' }, 'Watch Live'),
    );
  });
}

window._kmq = window._kmq || [];
showFrame();
