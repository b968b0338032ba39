import type { ArrivedHit } from '../collector/store/store.js';
import type { Pushed } from './browser.js';
import { Calendar } from './calendar.js';
import { Queue } from './queue.js';
import { Random } from './random.js';
import { bot, employee, STAFF } from './staff-and-bots.js';
import { visitor } from './visitor.js';

/** The number of merged people, bots and staff included. */
export const PEOPLE = 10_000;
/** About how many hits there are; with the weekday and the hour it varies by one percent. */
export const HITS = 300_000;

const BOTS = 300;
/** People who come in the last minutes, so that there is always somebody active. */
const HERE_NOW = 8;
const NOW_SECONDS = 280;

/** All hits of the demo shop's last ninety days, in the order of time. @param moment when the data ends, Unix seconds */
export function* demoHits(moment: number): Generator<ArrivedHit> {
  const calendar = new Calendar(moment);
  const alive = new Queue();
  const join = (rest: Generator<Pushed>): void => {
    const { value } = rest.next() as IteratorResult<Pushed, undefined>;
    if (value) alive.add({ next: value, rest });
  };
  for (let number = 0; number < STAFF.length; number++) join(employee(number, calendar));

  const arrivals = arrivalsOf(calendar);
  let at = 0;
  for (;;) {
    // Visitors who begin before the next hit are added first.
    while (at < arrivals.length && arrivals[at]!.first <= (alive.first?.next.at ?? Infinity)) {
      const { first, number, life } = arrivals[at++]!;
      join(life(number, first, calendar));
    }
    const { first } = alive;
    if (!first || first.next.at > moment) return;
    if (first.next.entry.received <= moment) yield first.next.entry;
    const { value } = first.rest.next() as IteratorResult<Pushed, undefined>;
    alive.replaceFirst(value && { next: value, rest: first.rest });
  }
}

interface Arriving {
  first: number;
  number: number;
  life: (number: number, first: number, calendar: Calendar) => Generator<Pushed>;
}

/** All people except the staff, in the order in which they come. */
function arrivalsOf(calendar: Calendar): Arriving[] {
  const random = new Random('arrivals');
  const count = PEOPLE - STAFF.length - HERE_NOW;
  const arrivals: Arriving[] = [];
  for (let number = 0; number < count; number++) {
    const first = calendar.arrival((number + random.next()) / count);
    // Bots are spread evenly over all people.
    const isBot = Math.floor((number * BOTS) / count) !== Math.floor(((number + 1) * BOTS) / count);
    arrivals.push({ first, life: isBot ? bot : visitor, number });
  }
  for (let place = 0; place < HERE_NOW; place++) {
    const first = calendar.moment - NOW_SECONDS * (1 - place / HERE_NOW);
    arrivals.push({ first, life: visitor, number: count + place });
  }
  return arrivals.sort((one, other) => one.first - other.first);
}
