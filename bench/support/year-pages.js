import { chance, hash, oftenFirst, tenLetters, words } from './year-random.js';

/** The content of a year's hits: some thousands of pages and products, and URLs that occur only once. */

const WORDS = words(
  'amber apple autumn basil birch blue bright cedar chai citrus clay cloud coast copper cotton dawn deep dry early ember fern field fig forest garden ginger gold green harvest hazel honey ivory jade juniper lake lavender leaf lemon light linen maple meadow mint misty moss night north oak olive orange peach pearl pine plain plum quiet rain red river rose rustic saffron sage salt sand silver sky slow small smoke snow soft south spice spring stone storm summer sun tea thyme valley velvet violet warm water west white wild willow winter wood',
);
const word = (n, which) => WORDS[hash(n, which) % WORDS.length];
const capital = (text) => text[0].toUpperCase() + text.slice(1);

const SECTIONS = ['products', 'guides', 'stories', 'help', 'offers'];
const LANGUAGES = oftenFirst(['en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES', 'pt-BR', 'ja-JP', 'nl-NL']);

const PAGES = oftenFirst(
  Array.from({ length: 4000 }, (_, n) => {
    const section = SECTIONS[hash(n, 51) % SECTIONS.length];
    const words = [word(n, 52), word(n, 53), word(n, 54)];
    return { section, path: `/${section}/${words.join('-')}-${n}`, title: `${words.map(capital).join(' ')} | Example` };
  }),
);
const PRODUCTS = oftenFirst(
  Array.from({ length: 2000 }, (_, n) => ({
    name: `${capital(word(n, 55))} ${capital(word(n, 56))} ${n}`,
    category: capital(word(n % 40, 57)),
    price: `${2 + (hash(n, 58) % 150)}.${hash(n, 59) % 2 ? '90' : '00'}`,
  })),
);
const REFERRERS = oftenFirst([
  'https://www.google.com/',
  'Direct',
  'https://www.bing.com/',
  ...Array.from({ length: 300 }, (_, n) => `https://${word(n, 60)}-${word(n, 61)}.example/${word(n, 62)}/`),
]);
const CAMPAIGNS = oftenFirst(Array.from({ length: 60 }, (_, n) => `${word(n, 63)}-${word(n, 64)}-${n}`));

export const SEARCHES = oftenFirst(Array.from({ length: 20_000 }, (_, n) => `${word(n, 65)} ${word(n, 66)} ${n % 50}`));
export const VIDEOS = oftenFirst(
  Array.from({ length: 100 }, (_, n) => `${capital(word(n, 67))} in the ${word(n, 68)}`),
);
export const PLANS = [
  { name: 'Free', price: '0', cycle: 'none' },
  { name: 'Starter', price: '19', cycle: 'monthly' },
  { name: 'Pro', price: '49', cycle: 'monthly' },
  { name: 'Pro', price: '490', cycle: 'yearly' },
  { name: 'Business', price: '199', cycle: 'monthly' },
];

/** The share of URLs that occur only once: half of these have a click id, half a session id. */
const UNIQUE = 0.12;
/** The share of visits that came from a campaign. */
const FROM_CAMPAIGN = 0.12;

const pageOf = (visit, place) => PAGES[hash(visit.visit, 100 + place) >>> 16];
const plainAddress = (visit, place) => `https://www.${visit.site}.example${pageOf(visit, place).path}`;

export function addressOf(visit, place, n) {
  const plain = plainAddress(visit, place);
  const random = chance(n, 69);
  if (random > UNIQUE) return plain;
  return random < UNIQUE / 2
    ? `${plain}?gclid=${tenLetters(n, 70)}${tenLetters(n, 71)}`
    : `${plain}?session=${tenLetters(n, 72)}`;
}

/** The properties of a page view: five, or six if the visit came from a campaign. */
export function pageViewOf(visit, place, n) {
  const { section, title } = pageOf(visit, place);
  const random = hash(visit.visit, 73);
  const properties = [
    ['Viewed URL', addressOf(visit, place, n)],
    ['Referrer', place === 1 ? REFERRERS[random >>> 16] : plainAddress(visit, place - 1)],
    ['Viewed Page Title', title],
    ['Section', section],
    ['Language', LANGUAGES[random & 65_535]],
  ];
  if (chance(visit.visit, 74) < FROM_CAMPAIGN)
    properties.push(['Campaign Name', CAMPAIGNS[hash(visit.visit, 75) >>> 16]]);
  return properties;
}

export function productOf(random) {
  const { name, category, price } = PRODUCTS[random & 65_535];
  return [
    ['Product', name],
    ['Category', category],
    ['Price', price],
  ];
}
