import { LARGE } from './year-people.js';
import { hash } from './year-random.js';
import { lanesOf, MOST_VISITS, STRETCH, visitsOf } from './year-visits.js';

/** People of a year, about whom questions are asked. They are computed, and not read from the store. */

/** Of how many people the hits are counted, to find the people with the most: see LESS_OFTEN in year-visits.js. */
const COUNTED_PEOPLE = 20_000;

/** Each run removes one more month of the first quarter of the year. So no question is about people whose first visit was in it. */
const EXPIRED = 0.25;

/** The first visit of a person of the large site: another person for each number. */
export function somebody(total, number) {
  const stretches = Math.floor(total / STRETCH);
  const expired = Math.floor(stretches * EXPIRED);
  const stretch = expired + (hash(number, 81) % (stretches - expired));
  const visits = visitsOf(stretch, lanesOf(total)).filter(({ isNew, site }) => isNew && site === LARGE);
  return visits[hash(number, 82) % visits.length] ?? somebody(total, number + 1_000_000);
}

/** @returns the people of the large site with the most hits, in descending order, each with one of their visits */
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
