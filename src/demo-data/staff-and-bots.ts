import { Browser, type Pushed } from './browser.js';
import { DAY, type Calendar } from './calendar.js';
import { Random } from './random.js';
import { HEADLINES, SHIPPING_NOTES, STAFF_DOMAIN, TWO_TINS } from './shop.js';
import { Visit } from './visit.js';

/** The people who work in the shop. */
export const STAFF = ['Mei Tanaka', 'Tom Ashworth', 'Fatima Haddad', 'Jonas Weiß', 'Priya Nair', 'Lucía Peña'];

const LATIN = ['mei', 'tom', 'fatima', 'jonas', 'priya', 'lucia'];

/** The hours in which staff use the shop on working days. */
const OFFICE = [8, 17] as const;

/** The hits of an employee: on most working days, with an e-mail address of the shop's domain. */
export function* employee(number: number, calendar: Calendar): Generator<Pushed> {
  const random = new Random(`employee ${number}`);
  const browser = new Browser(random);
  const shopper = {
    ...{ random, calendar, name: STAFF[number]!, email: `${LATIN[number]}@${STAFF_DOMAIN}` },
    ...{ headline: random.pick(HEADLINES), shippingNote: random.pick(SHIPPING_NOTES) },
  };
  for (let day = calendar.first; day <= calendar.today; day += DAY) {
    const at = day + random.between(...OFFICE) * 3600;
    if (!isWorkingDay(day) || random.chance(0.15)) continue;
    const intent = browser.isNamed ? { teas: 2, cart: random.chance(0.2) } : { teas: 1, signUp: TWO_TINS };
    yield* new Visit(shopper, browser, { page: '' }, at).run(intent);
  }
}

/** The hits of a bot that runs scripts. It keeps no cookies, so each of its visits is a new person. */
export function* bot(number: number, at: number, calendar: Calendar): Generator<Pushed> {
  const random = new Random(`bot ${number}`);
  const browser = new Browser(random, 'bot');
  const shopper = {
    ...{ random, calendar, name: '', email: '' },
    ...{ headline: random.pick(HEADLINES), shippingNote: random.pick(SHIPPING_NOTES) },
  };
  const page = random.pick(['', 'brewing.html', 'product.html?id=assam', 'product.html?id=sencha']);
  yield* new Visit(shopper, browser, { page }, at).run({ teas: random.chance(0.3) ? 1 : 0 });
}

/** Whether a day is Monday to Friday. The first of January 1970 was a Thursday. */
function isWorkingDay(day: number): boolean {
  const weekday = (day / DAY + 4) % 7;
  return weekday > 0 && weekday < 6;
}
