import { PLANS, type Plan } from './shop.js';
import type { Source } from './sources.js';
import type { Shopper } from './visit.js';

/** The share of people who add a tea to the cart, of those who look at one and come from an ordinary source. */
const ADDS_TO_CART = 0.25;
const ORDERS = 0.44;
/** The note on shipping makes a quarter more of them buyers, in two steps. */
const NOTE_HELPS = Math.sqrt(1.25);

const SIGNS_UP = 0.13;
const WANTS_LETTER = 0.09;

/** What a person will do. It is drawn first, so that it does not depend on the weekday on which the data is made. */
export interface Fate {
  isCurious: boolean;
  addsToCart: boolean;
  orders: boolean;
  plan: Plan | undefined;
  letter: boolean;
}

/** How much likelier each step is for people who see the note on shipping. */
export function helpFor({ shippingNote }: Shopper): number {
  return shippingNote === 'Shown' ? NOTE_HELPS : 1;
}

export function fateOf(shopper: Shopper, { eager, curious }: Source): Fate {
  const { random } = shopper;
  const help = helpFor(shopper);
  const isCurious = random.chance(curious);
  const [adds, orders, signs, asks] = [random.next(), random.next(), random.next(), random.next()];
  const plan = random.weighted(PLANS, ({ liked }) => liked);
  return {
    isCurious,
    addsToCart: isCurious && adds < ADDS_TO_CART * Math.sqrt(eager) * help,
    orders: orders < ORDERS * Math.sqrt(eager) * help,
    plan: isCurious && signs < SIGNS_UP * eager ? plan : undefined,
    letter: isCurious && asks < WANTS_LETTER * eager,
  };
}
