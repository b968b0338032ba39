import type { Calendar } from './calendar.js';
import { DAY } from './calendar.js';
import type { Random } from './random.js';
import { MIDNIGHT, TEAS } from './shop.js';

/** How somebody came to the shop. */
export interface Arrival {
  /** The path of the page, without campaign parameters. */
  page: string;
  referrer?: string;
  /** The link's campaign parameters, and the click id of an advertisement. */
  campaign?: Record<string, string>;
  search?: { engine: string; terms: string };
}

export interface Source {
  /** How many people come from this source, relative to others. */
  weight: (time: number, calendar: Calendar) => number;
  /** A factor for the probability that they buy, sign up, or subscribe to the newsletter. */
  eager: number;
  /** The share of them who look at a tea at all. */
  curious: number;
  arrive: (random: Random, time: number, calendar: Calendar) => Arrival;
}

/** For so long after a newsletter was sent, many people follow its link. */
const LETTER_IS_READ = 2 * DAY;
const LAUNCH_IS_NEWS = 3 * DAY;

const always = (weight: number) => (): number => weight;

const ENGINES: [engine: string, referrer: string, share: number][] = [
  ['Google', 'https://www.google.com/', 60],
  ['Google', 'https://www.google.co.uk/', 12],
  ['Google', 'https://www.google.de/', 10],
  ['Google', 'https://www.google.co.jp/', 4],
  ['Bing', 'https://www.bing.com/', 8],
  ['DuckDuckGo', 'https://duckduckgo.com/', 8],
  ['Ecosia', 'https://www.ecosia.org/', 4],
];

/** A few engines still send the search terms. */
const TERMS = ['loose leaf tea', 'sencha small shop', 'how to brew rooibos', 'chamomile whole flowers', 'tea gift'];

const ADVERTISED = ['loose leaf tea', 'buy sencha online', 'tea subscription'];
const REELS = ['reel-rain', 'reel-window', 'reel-kettle'];

/** The page that a link leads to: usually a tea, sometimes the start page. */
function landing(random: Random, time: number, calendar: Calendar, home: number): string {
  if (random.chance(home)) return '';
  const teas = TEAS.filter((tea) => tea !== MIDNIGHT || time >= calendar.launch);
  return `product.html?id=${random.weighted(teas, ({ liked }) => liked).id}`;
}

/** A visit by the link in a newsletter. */
export function fromLetter(random: Random, time: number, calendar: Calendar): Arrival {
  const name = calendar.letterBefore(time)?.name ?? 'letter-4';
  return {
    page: landing(random, time, calendar, 0.4),
    campaign: { utm_source: 'tea-letter', utm_medium: 'email', utm_campaign: name },
  };
}

export const DIRECT: Source = {
  weight: always(20),
  eager: 1.1,
  curious: 0.7,
  arrive: (random, time, calendar) => ({ page: landing(random, time, calendar, 0.8) }),
};

const LETTER: Source = {
  weight: (time, calendar) => (time - (calendar.letterBefore(time)?.at ?? 0) < LETTER_IS_READ ? 16 : 1.5),
  eager: 3.2,
  curious: 0.92,
  arrive: fromLetter,
};

/** A campaign by which many come and hardly anybody buys. */
const COSY_EVENINGS: Source = {
  weight: always(21),
  eager: 0.14,
  curious: 0.5,
  arrive: (random, time, calendar) => ({
    page: landing(random, time, calendar, 0.5),
    referrer: 'https://l.instagram.com/',
    campaign: {
      ...{ utm_source: 'instagram', utm_medium: 'cpm', utm_campaign: 'cosy-evenings' },
      utm_content: random.pick(REELS),
    },
  }),
};

const AUTUMN_TEA: Source = {
  weight: always(11),
  eager: 1,
  curious: 0.72,
  arrive: (random, time, calendar) => ({
    page: landing(random, time, calendar, 0.2),
    referrer: 'https://www.google.com/',
    campaign: {
      ...{ utm_source: 'google', utm_medium: 'cpc', utm_campaign: 'autumn-tea' },
      ...{ utm_term: random.pick(ADVERTISED), gclid: `Cj0KCQ${random.id(30)}` },
    },
    search: { engine: 'Google', terms: 'Not Provided' },
  }),
};

const SEARCH: Source = {
  weight: always(24),
  eager: 1,
  curious: 0.66,
  arrive: (random, time, calendar) => {
    const [engine, referrer] = random.weighted(ENGINES, ([, , share]) => share);
    const page = random.chance(0.22) ? 'brewing.html' : landing(random, time, calendar, 0.45);
    if (engine === 'Google' || random.chance(0.6)) return { page, referrer, search: { engine, terms: 'Not Provided' } };
    const terms = random.pick(TERMS);
    return { page, referrer: `${referrer}?q=${encodeURIComponent(terms)}`, search: { engine, terms } };
  },
};

/** Another site, without a tagged link. */
function site(referrer: string, share: number, eager: number, curious = 0.65): Source {
  return {
    weight: always(share),
    eager,
    curious,
    arrive: (random, time, calendar) => ({ page: landing(random, time, calendar, 0.6), referrer }),
  };
}

/** A site that wrote about the new tea. */
const NEWS: Source = {
  weight: (time, { launch }) => (time >= launch && time < launch + LAUNCH_IS_NEWS ? 70 : 0),
  eager: 0.8,
  curious: 0.8,
  arrive: () => ({ page: 'product.html?id=midnight', referrer: 'https://dailycup.example.net/midnight-rooibos' }),
};

export const SOURCES: readonly Source[] = [
  ...[DIRECT, LETTER, COSY_EVENINGS, AUTUMN_TEA, SEARCH, NEWS],
  site('https://www.reddit.com/', 6, 0.7),
  site('https://www.youtube.com/', 3, 0.6),
  site('https://steepings.example.net/small-tea-shops', 6, 1.6, 0.8),
  site('https://www.example.org/gifts-for-readers', 3, 1.2),
];
