import { createHitId } from '../../server/lib/protocol/hit-id.js';
import { yearClock } from './year-clock.js';
import { addressOf, pageViewOf, productOf, PLANS, SEARCHES, VIDEOS } from './year-pages.js';
import { hash, tenLetters } from './year-random.js';
import { yearVisits } from './year-visits.js';

const NO_WARNINGS = [];
const NO_PROPERTIES = [];

/**
 * The hits of a busy site in a year, as kmq's tracker sends them, in the order in which they arrive.
 * @param total the number of hits in the year
 * @returns a function that returns so many entries for a store, from hit number n on
 */
export function yearOfHits(total) {
  const timeOf = yearClock(total);
  const visitOf = yearVisits(total);
  const entry = (n) => {
    const { visit, place } = visitOf(n);
    const time = timeOf(n);
    const said = whatIsSaid(visit, place, n);
    const hit = {
      kind: said.kind ?? 'event',
      key: visit.site,
      person: visit.email !== undefined && place > visit.named ? visit.email : visit.person,
      name: said.name,
      time,
      sent: time,
      id: createHitId(time * 1000 + (hash(n, 41) % 1000), place, tenLetters(n, 42)),
      properties: said.properties,
      warnings: NO_WARNINGS,
    };
    return { hit, received: time + (n & 1), agent: 'browser' };
  };
  return (n, count) => {
    const entries = new Array(Math.min(count, total - n));
    for (let at = 0; at < entries.length; at++) entries[at] = entry(n + at);
    return entries;
  };
}

function whatIsSaid(visit, place, n) {
  const fromName = visit.named < 0 ? Infinity : place - visit.named;
  if (fromName === 0) return { kind: 'alias', name: visit.email, properties: NO_PROPERTIES };
  if (place === 0)
    return {
      name: 'Visited Site',
      properties: [
        ['URL', addressOf(visit, 0, n)],
        ['Referrer', visit.isNew ? 'https://www.google.com/' : 'Direct'],
      ],
    };
  if (visit.isNew && fromName === -1) return { name: 'Signed Up', properties: planOf(visit.visit) };
  if (visit.isNew && fromName === 1) return { kind: 'properties', name: null, properties: planOf(visit.visit) };
  const random = hash(n, 43);
  const kind = random % 100;
  if (kind < 74) return { name: 'Page View', properties: pageViewOf(visit, place, n) };
  if (kind < 84) return { name: 'Viewed Product', properties: productOf(random >>> 8) };
  if (kind < 89)
    return {
      name: 'Added to Cart',
      properties: [...productOf(random >>> 8), ['Quantity', String(1 + (random >>> 28))]],
    };
  if (kind < 93) return { name: 'Searched Site', properties: [['Query', SEARCHES[random >>> 16]]] };
  if (kind < 95)
    return { name: 'Billed', properties: [...planOf(visit.visitor), ['Billing Amount', priceOf(random >>> 8)]] };
  if (kind < 97)
    return {
      name: 'Played Video',
      properties: [
        ['Video', VIDEOS[random >>> 16]],
        ['Seconds', String((random >>> 8) % 300)],
      ],
    };
  return {
    kind: 'properties',
    name: null,
    properties: [
      ['Cart Value', priceOf(random >>> 8)],
      ['Items in Cart', String(random >>> 29)],
    ],
  };
}

const planOf = (visitor) => {
  const plan = PLANS[hash(visitor, 44) % PLANS.length];
  return [
    ['Plan Name', plan.name],
    ['Plan Price', plan.price],
    ['Billing Cycle', plan.cycle],
  ];
};

const priceOf = (random) => `${5 + (random % 200)}.${random & 1 ? '99' : '50'}`;
