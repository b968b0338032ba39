import { chance, hash, LETTERS, oftenFirst, tenLetters, words } from './year-random.js';

/** The names and ids of the people of a year, computed from a number for each person. */

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

/** An anonymous id of 21 characters, like those of nanoid. */
export const anonymousId = (n) => tenLetters(n, 1) + tenLetters(n, 2) + LETTERS[n & 63];

export const siteOf = (visitor) => (chance(visitor, 23) < SMALL_SITE ? SMALL : LARGE);

/** A domain that about so many people have in their e-mail address. @param all how many people have an e-mail address */
export function domainOfSome(count, all) {
  const parts = Math.log(DOMAIN_COUNT);
  // The domain at place n has the share log(1 + 1 / n) / log(DOMAIN_COUNT) of all addresses.
  const place = Math.round(1 / (Math.exp((count / all) * parts) - 1));
  return `@${domain(Math.min(DOMAIN_COUNT, Math.max(1, place)) - 1)}`;
}
