import { anonymousId, emailOf, siteOf } from './year-people.js';
import { chance, hash } from './year-random.js';

/**
 * Who visits a site in a year, and when. Everything is computed from numbers, and nothing is stored about the people. So a year may
 * have any number of hits, and can be generated from any hit on.
 *
 * Many visits happen at the same time. There are as many lanes as simultaneous visits. The hits of the year are distributed to the
 * lanes in turn. The hits of a lane are divided into stretches of equal length, and a stretch consists of some visits, one after
 * the other. The first visit of a stretch is always that of a new person, and only these people can come back later.
 */

/** Seconds from one hit of a visit to the next, on average. */
const PACE_SECONDS = 50;
/** The number of hits in a stretch, and the largest number of visits in it. */
export const STRETCH = 48;
export const MOST_VISITS = 32;
/** The numbers of hits that visits have, each equally often: 6 on average. */
const LENGTHS = [1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 14, 17, 24];
/** The share of returning people among the visits that can be of returning people. */
const RETURNING = 0.4;
/** The share of first visits of at least four hits in which the visitor is identified: about one in five of all first visits. */
const NAMED = 0.28;
const LEAST_HITS_TO_BE_NAMED = 4;
/** The share of later visits in which an identified person uses another browser, which has no name yet. */
const OTHER_BROWSER = 1 / 8;
/**
 * Some people come back more often than others. The number of the stretch in which a returning person was new is
 * often rounded down to a multiple of 2^k, so people of stretches whose numbers can be halved many times have the most visits.
 * Each further k is chosen with this share of the probability of the one before. The number of visits of a person then has a power
 * law with the exponent 1.66.
 */
const LESS_OFTEN = 0.76;

const lengthOf = (stretch, visit) => LENGTHS[hash(stretch, visit) & 31];
const isNamed = (visitor, hits) => hits >= LEAST_HITS_TO_BE_NAMED && chance(visitor, 22) < NAMED;

/** The number of lanes for a year of so many hits: a power of two. */
export const lanesOf = (total) => 2 ** Math.max(0, Math.round(Math.log2((total / (365 * 86_400)) * PACE_SECONDS)));

/**
 * The visits of a stretch, each with its first hit (`begins`) and the hit after its last one (`ends`). `person` is the identity at the
 * beginning of the visit. If there is an `email`, hit number `named` of the visit is the alias with this address; with -1, the person
 * had the address before this visit.
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

/** The stretch in which a returning person had the first visit: hours or months before. Undefined if nobody can come back yet. */
function homeOf(visit, stretch, lanes) {
  const latest = stretch - lanes;
  if (latest < 0) return undefined;
  const ago = Math.floor(lanes * ((1 + latest / lanes) ** chance(visit, 26) - 1));
  const home = latest - ago;
  const halved = 2 ** Math.min(20, Math.floor(Math.log(1 - chance(visit, 27)) / Math.log(LESS_OFTEN)));
  return home >= halved ? home - (home % halved) : home;
}

/** @returns a function: the visit of hit number n, and the hit's index in the visit. It is fast if it is called with ascending numbers */
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
