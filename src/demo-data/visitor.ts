import { Browser, type Pushed } from './browser.js';
import type { Calendar } from './calendar.js';
import { DAY } from './calendar.js';
import { fateOf, helpFor, type Fate } from './fate.js';
import { nameOf } from './names.js';
import { Random } from './random.js';
import { HEADLINES, SHIPPING_NOTES } from './shop.js';
import { DIRECT, fromLetter, SOURCES, type Arrival, type Source } from './sources.js';
import { Subscription } from './subscription.js';
import { Visit, type Intent, type Shopper } from './visit.js';

/** How likely somebody who gets the newsletter follows its link. */
const FOLLOWS_LETTER = 0.45;
const HAS_TWO_DEVICES = 0.3;

/** A visit in which the visitor signs in begins at least so long before the end of the data, so that it reaches the sign-in. */
const SIGNING_IN_TAKES = 1800;

/** All hits of one person, in the order of time. @param first when the first visit begins, Unix seconds */
export function* visitor(number: number, first: number, calendar: Calendar): Generator<Pushed> {
  const random = new Random(`visitor ${number}`);
  const shopper: Shopper = {
    ...{ random, calendar, ...nameOf(number, random) },
    headline: random.pick(HEADLINES),
    shippingNote: random.pick(SHIPPING_NOTES),
  };
  const source = random.weighted(SOURCES, ({ weight }) => weight(first, calendar));
  yield* new Life(shopper, source, fateOf(shopper, source)).run(first);
}

class Life {
  private readonly browsers: Browser[];
  private subscription: Subscription | undefined;
  private readsLetter = false;
  private visits = 0;

  constructor(
    private readonly shopper: Shopper,
    private readonly source: Source,
    private readonly fate: Fate,
  ) {
    const { random } = shopper;
    this.browsers = [new Browser(random)];
    if (fate.plan && random.chance(HAS_TWO_DEVICES)) this.browsers.push(new Browser(random));
  }

  *run(first: number): Generator<Pushed> {
    const { random, calendar } = this.shopper;
    let at: number | undefined = first;
    let arrival: Arrival = this.source.arrive(random, first, calendar);
    while (at !== undefined) {
      const end: number = yield* this.visit(at, arrival);
      const next = this.nextVisit(end);
      at = next?.at;
      if (next) arrival = next.arrival;
      yield* this.bill(end, at ?? Infinity);
    }
  }

  /** The server's hits between two visits; during a visit it sends none. */
  private *bill(from: number, until: number): Generator<Pushed> {
    while (this.subscription && this.subscription.next < until) yield* this.subscription.month(from);
  }

  /** @returns when the visit ended */
  private *visit(at: number, arrival: Arrival): Generator<Pushed, number> {
    const { random, email, calendar } = this.shopper;
    const [main, second] = this.browsers as [Browser, Browser?];
    const isMember = this.subscription !== undefined;
    let browser = isMember && second && random.chance(0.5) ? second : main;
    // A visit without the sign-in would belong to a new person, who is never merged with this one.
    const isLate = at > calendar.moment - SIGNING_IN_TAKES;
    if (isMember && !browser.isNamed && isLate) {
      if (!this.browsers.some(({ isNamed }) => isNamed)) return at;
      browser = this.browsers.find(({ isNamed }) => isNamed)!;
    }
    const intent = this.intent(browser, isMember);
    this.visits += 1;
    const { at: end, ordered } = yield* new Visit(this.shopper, browser, arrival, at).run(intent);
    if (intent.order && (ordered || random.chance(0.6))) this.fate.orders = ordered && random.chance(0.4);
    if (intent.letter) this.readsLetter = true;
    if (intent.signUp) this.subscription = new Subscription(email, random, intent.signUp, end);
    return end;
  }

  /** Which of the things that this person will do are done in this visit. */
  private intent(browser: Browser, isMember: boolean): Intent {
    const { random } = this.shopper;
    const { fate } = this;
    if (!fate.isCurious) return {};
    const isTime = this.visits > 0 || random.chance(0.62);
    const intent: Intent = { teas: 1 + Math.floor(random.around(0.9)) };
    if (isMember) {
      if (!browser.isNamed) intent.signIn = true;
      intent.signOut = random.chance(0.03);
      const help = helpFor(this.shopper);
      intent.cart = random.chance(help * (this.subscription!.isActive ? 0.1 : 0.05));
      intent.order = intent.cart && random.chance(help * 0.6);
    }
    if (isTime) {
      if (fate.addsToCart) {
        intent.cart = true;
        intent.order = fate.orders;
        fate.addsToCart = fate.orders && random.chance(0.3);
      }
      if (fate.plan && !isMember) intent.signUp = fate.plan;
      if (fate.letter && !this.readsLetter) intent.letter = true;
    }
    return intent;
  }

  /** The probability that this visit was the last, and the days until the next one. */
  private habit(): { leaves: number; pause: number } {
    const { fate, subscription, readsLetter } = this;
    if (!fate.isCurious) return { leaves: 0.72, pause: 7 };
    // A person with something left to do returns soon.
    const isWaiting = fate.addsToCart || (fate.plan && !subscription) || (fate.letter && !readsLetter);
    const { leaves, pause } = subscription?.plan ?? { leaves: readsLetter ? 0.24 : 0.385, pause: isWaiting ? 3 : 7 };
    return { leaves: isWaiting ? 0 : leaves, pause };
  }

  /** When and from where the person returns; undefined if they do not, or only after the end of the data. */
  private nextVisit(after: number): { at: number; arrival: Arrival } | undefined {
    const { random, calendar } = this.shopper;
    const { subscription, source } = this;
    const { leaves, pause: days } = this.habit();
    const pause = DAY * random.around(days);
    const at = random.chance(leaves) ? Infinity : calendar.laterThan(after, pause, random);
    const letter = calendar.letters.find((one) => one.at > after && one.at < at);
    if (letter && (this.readsLetter || subscription) && random.chance(FOLLOWS_LETTER)) {
      const read = letter.at + random.around(DAY / 4);
      return read < calendar.moment ? { at: read, arrival: fromLetter(random, read, calendar) } : undefined;
    }
    if (at >= calendar.moment) return undefined;
    // Somebody who knows the shop types its URL, or comes by the same source again.
    const again = random.chance(0.7) || source.eager < 0.5 ? DIRECT : source;
    return { at, arrival: again.arrive(random, at, calendar) };
  }
}
