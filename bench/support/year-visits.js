import { anonymousId, emailOf, siteOf } from './year-people.js';
import { chance, hash } from './year-random.js';

/**
 * Who visits a site in a year, and when each is there. Everything is computed from numbers: nothing is remembered of all
 * the people, so a year may be as large as one likes, and begin in the middle.
 *
 * Many visits go on at a moment. The hits of the year are dealt to as many lanes, each in turn; what a lane gets is cut into
 * stretches, and a stretch holds some visits, one after the other. The first of them is always somebody new. Who comes
 * back is one of those.
 */

/** Seconds from one hit of a visit to the next, on average. */
const PACE_SECONDS = 50;
/** Hits of a stretch, and the most visits in it. */
export const STRETCH = 48;
export const MOST_VISITS = 32;
/** Hits of a visit: 6 on average. */
const LENGTHS = [1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 14, 17, 24];
/** Visits of people who were there before, of those that may be. */
const RETURNING = 0.4;
/** First visits of four hits and more that end with a name: one in five of all. */
const NAMED = 0.28;
const LEAST_HITS_TO_BE_NAMED = 4;
/** Later visits of people with a name from a browser that does not know it. */
const OTHER_BROWSER = 1 / 8;
/**
 * Of those who come back some are drawn more often: numbers that can be halved k times are taken for those around them,
 * and for each k this much less often than for the one before. The number of visits has a tail of the power 1.67 then.
 */
const LESS_OFTEN = 0.76;

const lengthOf = (stretch, visit) => LENGTHS[hash(stretch, visit) & 31];
const isNamed = (visitor, hits) => hits >= LEAST_HITS_TO_BE_NAMED && chance(visitor, 22) < NAMED;

/** Lanes of a year of so many hits: a power of two. */
export const lanesOf = (total) => 2 ** Math.max(0, Math.round(Math.log2((total / (365 * 86_400)) * PACE_SECONDS)));

/**
 * The visits of a stretch, each with the hits that it begins and ends with. `person` is who it is at first; who has an
 * `email` gets it with the alias at `named`, or had it before where `named` is -1.
 */
export function visitsOf(stretch, lanes) {
  const visits = [];
  for (let begins = 0; begins < STRETCH;) {
    const number = visits.length;
    const left = STRETCH - begins;
    const hits = number === MOST_VISITS - 1 ? left : Math.min(left, lengthOf(stretch, number));
    const visit = stretch * MOST_VISITS + number;
    const home = number > 0 && chance(visit, 24) < RETURNING ? homeOf(visit, stretch, lanes) : undefined;
    const who = home === undefined ? newVisitor(visit, hits) : returningVisitor(visit, hits, home);
    visits.push({ visit, begins, ends: begins + hits, ...who });
    begins += hits;
  }
  return visits;
}

function newVisitor(visit, hits) {
  const named = isNamed(visit, hits);
  return {
    site: siteOf(visit),
    visitor: visit,
    person: anonymousId(visit),
    email: named ? emailOf(visit) : undefined,
    named: named ? hits - 2 : -1,
    isNew: true,
  };
}

function returningVisitor(visit, hits, home) {
  const visitor = home * MOST_VISITS;
  const who = { site: siteOf(visitor), visitor, named: -1, isNew: false };
  if (!isNamed(visitor, lengthOf(home, 0))) return { ...who, person: anonymousId(visitor), email: undefined };
  const email = emailOf(visitor);
  if (chance(visit, 25) >= OTHER_BROWSER) return { ...who, person: email, email };
  return { ...who, person: anonymousId(visit), email, named: Math.min(2, hits - 1) };
}

/** The stretch that begins with the first visit of somebody who comes back now: hours ago, or months. */
function homeOf(visit, stretch, lanes) {
  const latest = stretch - lanes;
  if (latest < 0) return undefined;
  const ago = Math.floor(lanes * ((1 + latest / lanes) ** chance(visit, 26) - 1));
  const home = latest - ago;
  const halved = 2 ** Math.min(20, Math.floor(Math.log(1 - chance(visit, 27)) / Math.log(LESS_OFTEN)));
  return home >= halved ? home - (home % halved) : home;
}

/** @returns the visit that hit number n belongs to, and its place among those of the stretch; cheap for numbers in order */
export function yearVisits(total) {
  const lanes = lanesOf(total);
  const current = Array.from({ length: lanes }, () => ({ stretch: -1, visits: [], at: 0 }));
  const found = { visit: undefined, place: 0 };
  return (n) => {
    const round = Math.floor(n / lanes);
    const number = (Math.imul(n % lanes, 5) + hash(round, 28)) & (lanes - 1);
    const lane = current[number];
    const place = round % STRETCH;
    const stretch = Math.floor(round / STRETCH) * lanes + number;
    if (lane.stretch !== stretch) {
      lane.stretch = stretch;
      lane.visits = visitsOf(stretch, lanes);
      lane.at = 0;
    }
    while (lane.visits[lane.at].ends <= place) lane.at++;
    found.visit = lane.visits[lane.at];
    found.place = place - found.visit.begins;
    return found;
  };
}
