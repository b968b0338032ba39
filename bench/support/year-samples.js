import { LARGE } from './year-people.js';
import { hash } from './year-random.js';
import { lanesOf, MOST_VISITS, STRETCH, visitsOf } from './year-visits.js';

/** People of a year to ask for, found without the store. */

/** How many are counted to find those with the most hits: those whose numbers can be halved most often come most often. */
const COUNTED_PEOPLE = 20_000;

/** The part of the year whose hits retention takes, a month with each run: nobody is asked for who came first in it. */
const EXPIRED = 0.25;

/** Somebody of the large site, as their first visit has them: another one for each number. */
export function somebody(total, number) {
  const stretches = Math.floor(total / STRETCH);
  const expired = Math.floor(stretches * EXPIRED);
  const stretch = expired + (hash(number, 81) % (stretches - expired));
  const visits = visitsOf(stretch, lanesOf(total)).filter(({ isNew, site }) => isNew && site === LARGE);
  return visits[hash(number, 82) % visits.length] ?? somebody(total, number + 1_000_000);
}

/** @returns those of the large site who have the most hits, the first has most, each with a visit */
export function busiest(total, count) {
  const stretches = Math.floor(total / STRETCH);
  const lanes = lanesOf(total);
  const every = MOST_VISITS * 2 ** Math.max(0, Math.floor(Math.log2(stretches / COUNTED_PEOPLE)));
  const found = new Map();
  for (let stretch = 0; stretch < stretches; stretch++) {
    for (const visit of visitsOf(stretch, lanes)) {
      if (visit.site !== LARGE || visit.visitor % every) continue;
      const before = found.get(visit.visitor);
      const hits = visit.ends - visit.begins;
      if (before) before.hits += hits;
      else found.set(visit.visitor, { visit, hits });
    }
  }
  return [...found.values()].sort((a, b) => b.hits - a.hits).slice(0, count);
}
