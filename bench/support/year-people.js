import { chance, hash, LETTERS, oftenFirst, tenLetters, words } from './year-random.js';

/** How the people of a year are called, each by a number. */

export const LARGE = 'shop';
export const SMALL = 'blog';
const SMALL_SITE = 0.03;

const FIRST_NAMES = words(
  'ada amir anna bea bob carl chen dora emil eva fay gus hana ines ivan jo kai lea luis mia noor olga paul rosa sam tara ugo vera wei zoe',
);
const LAST_NAMES = words(
  'abe alami berg blanc brown costa diaz evans fischer garcia haas ito jansen keller kim lopez moreau nagy novak okafor olsen patel petit rossi santos sato silva smith tanaka wagner weber wong young zhang',
);
const DOMAIN_COUNT = 1000;
const domain = (n) => `example${n + 1}.com`;
const DOMAINS = oftenFirst(Array.from({ length: DOMAIN_COUNT }, (_, n) => domain(n)));

export const emailOf = (visitor) => {
  const at = hash(visitor, 21);
  const name = `${FIRST_NAMES[at % FIRST_NAMES.length]}.${LAST_NAMES[(at >>> 8) % LAST_NAMES.length]}`;
  return `${name}.${visitor}@${DOMAINS[at >>> 16]}`;
};

/** As nanoid makes them for a visitor without a name: 21 characters. */
export const anonymousId = (n) => tenLetters(n, 1) + tenLetters(n, 2) + LETTERS[n & 63];

export const siteOf = (visitor) => (chance(visitor, 23) < SMALL_SITE ? SMALL : LARGE);

/** The end of the addresses of about so many of these people with an address. */
export function domainOfSome(count, all) {
  const parts = Math.log(DOMAIN_COUNT);
  // The one at place n has log(1 + 1 / n) of them all.
  const place = Math.round(1 / (Math.exp((count / all) * parts) - 1));
  return `@${domain(Math.min(DOMAIN_COUNT, Math.max(1, place)) - 1)}`;
}
