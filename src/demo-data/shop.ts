/** The parts of the demo shop (demo/) that appear in hits. */

/** The domain is reserved, so that nobody can own it (RFC 2606). */
export const SHOP = 'https://kettleandleaf.example.com/';
export const STAFF_DOMAIN = 'kettleandleaf.example.com';

export interface Tea {
  id: string;
  name: string;
  price: number;
  /** How popular it is, relative to other teas. */
  liked: number;
}

export const MIDNIGHT: Tea = { id: 'midnight', name: 'Midnight Rooibos', price: 12, liked: 5 };

export const TEAS: readonly Tea[] = [
  { id: 'assam', name: 'First Light Assam', price: 11, liked: 4 },
  { id: 'sencha', name: 'River Sencha', price: 14, liked: 3 },
  { id: 'chamomile', name: 'Slow Chamomile', price: 9, liked: 2 },
  MIDNIGHT,
];

export interface Plan {
  name: string;
  /** The price per month; 0 for an account without a subscription. */
  price: number;
  /** How many people choose it, relative to other plans. */
  liked: number;
  /** Days between visits, and how likely one is the last. */
  pause: number;
  leaves: number;
  /** The probability that a subscription ends after a month. */
  cancels: number;
}

export const JUST_LOOKING: Plan = { name: 'Just looking', price: 0, liked: 44, pause: 9, leaves: 0.16, cancels: 0 };
export const ONE_TIN: Plan = {
  ...{ name: 'One tin a month', price: 12 },
  ...{ liked: 36, pause: 6, leaves: 0.06, cancels: 0.22 },
};
export const TWO_TINS: Plan = {
  ...{ name: 'Two tins a month', price: 22 },
  ...{ liked: 20, pause: 4.5, leaves: 0.02, cancels: 0.07 },
};
export const PLANS = [JUST_LOOKING, ONE_TIN, TWO_TINS];

/** The shop's two A/B tests. The headline has no effect; a note on shipping beside the price makes more people buy. */
export const HEADLINES = ['Window', 'Kettle'];
export const SHIPPING_NOTES = ['Hidden', 'Shown'];
