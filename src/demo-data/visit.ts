import { Browser, type Pushed } from './browser.js';
import type { Calendar } from './calendar.js';
import type { Named } from './names.js';
import type { Random } from './random.js';
import { MIDNIGHT, TEAS, type Plan, type Tea } from './shop.js';
import type { Arrival } from './sources.js';

/** What a visitor wants to do in a visit. They do not do what is absent. */
export interface Intent {
  /** How many teas they look at. */
  teas?: number;
  cart?: boolean;
  order?: boolean;
  signUp?: Plan;
  signIn?: boolean;
  signOut?: boolean;
  letter?: boolean;
}

/** What stays the same in all visits of a person. */
export interface Shopper extends Named {
  random: Random;
  calendar: Calendar;
  headline: string;
  shippingNote: string;
}

/** What the visitor did in the visit. */
export interface Outcome {
  at: number;
  ordered: boolean;
}

/** The time that a page takes to load, in seconds. */
const LOADING = 0.3;

const WISHES = ['', '', '', '', 'Cold brews for August', 'What goes with a rainy Sunday?', 'Чай без сахара', '緑茶'];

/** The hits of one visit to the shop, page by page, as the shop's scripts send them. */
export class Visit {
  private cart: Tea[] = [];
  private tea: Tea | undefined;
  private page: string;

  constructor(
    private readonly shopper: Shopper,
    private readonly browser: Browser,
    private readonly arrival: Arrival,
    private at: number,
  ) {
    this.page = arrival.page;
  }

  *run({ teas = 0, cart, order, signUp, signIn, signOut, letter }: Intent): Generator<Pushed, Outcome> {
    const { random } = this.shopper;
    let ordered = false;
    yield* this.land();
    if (signIn) yield* this.signIn();
    for (let seen = 0; seen < teas; seen++) yield* this.lookAtTea(seen > 0);
    if (!teas && random.chance(0.12)) yield* this.open(random.pick(['brewing.html', 'privacy.html', 'letter.html']));
    if (signUp) yield* this.signUp(signUp);
    if (cart) {
      yield* this.addToCart();
      if (random.chance(0.3)) yield* this.addToCart();
      if (order) ordered = yield* this.order();
    }
    if (letter) yield* this.askForLetter();
    if (signOut) yield* this.signOut();
    return { at: this.at, ordered };
  }

  /** Loads the first page, with the tracker's automatic events. */
  private *land(): Generator<Pushed> {
    yield* this.show(this.arrival.page, this.arrival);
  }

  private *open(page: string): Generator<Pushed> {
    this.wait(18);
    yield* this.show(page);
  }

  private *show(page: string, arrival?: Arrival): Generator<Pushed> {
    const { shopper, browser } = this;
    // What is done on a page comes before the hits of the page that it leads to.
    if (!arrival) this.at += LOADING;
    const { at } = this;
    this.page = page;
    yield* browser.open(at, page, arrival);
    const [, id] = /id=(\w+)/.exec(page) ?? [];
    this.tea = TEAS.find((tea) => tea.id === id);
    if (page === '') {
      yield browser.record(at, 'Viewed Home');
      yield browser.set(at, { Headline: shopper.headline });
      if (shopper.random.chance(0.006)) yield browser.record((this.at += 5), 'Left for kmq');
    } else if (this.tea) {
      yield browser.record(at, 'Viewed Product', { Product: this.tea.name, Price: this.tea.price });
      yield browser.set(at, { 'Shipping Note': shopper.shippingNote });
    } else if (page === 'brewing.html') yield browser.record(at, 'Read How to Brew');
  }

  /** A visitor whose first page is a tea looks at that tea first. */
  private *lookAtTea(isAnother: boolean): Generator<Pushed> {
    const { random } = this.shopper;
    if (isAnother || !this.tea) yield* this.chooseTea();
    if (random.chance(0.17)) {
      this.wait(14);
      yield this.browser.record(this.at, 'Asked How to Brew', { Product: this.tea!.name });
      const { tea } = this;
      yield* this.show('brewing.html');
      if (random.chance(0.6)) yield* this.open(addressOf(tea!));
    }
  }

  private *chooseTea(): Generator<Pushed> {
    const { random, calendar } = this.shopper;
    if (this.page !== '') yield* this.open('');
    this.wait(9);
    yield this.browser.record(this.at, 'Chose a Tea');
    const teas = TEAS.filter((tea) => tea !== MIDNIGHT || this.at >= calendar.launch);
    yield* this.show(addressOf(random.weighted(teas, ({ liked }) => liked)));
  }

  private *addToCart(): Generator<Pushed> {
    if (!this.tea) yield* this.chooseTea();
    const { name, price } = this.tea!;
    this.cart.push(this.tea!);
    this.wait(25);
    yield this.browser.record(this.at, 'Added to Cart', { Product: name, Price: price });
    yield* this.viewCart();
  }

  private *viewCart(): Generator<Pushed> {
    yield* this.show('cart.html');
    yield this.browser.record(this.at, 'Viewed Cart', { Items: this.cart.length });
  }

  /** @returns whether the shop took the order */
  private *order(): Generator<Pushed, boolean> {
    const { random, calendar } = this.shopper;
    this.wait(30);
    if (calendar.isCheckoutBroken(this.at)) {
      // The button does nothing. Half of the visitors load the page again and retry.
      if (random.chance(0.5)) yield* this.viewCart();
      if (random.chance(0.93)) return false;
      this.wait(20);
    }
    const sum = this.cart.reduce((total, { price }) => total + price, 0);
    yield this.browser.record(this.at, 'Ordered', { 'Billing Amount': sum, Items: this.cart.length });
    this.cart = [];
    yield* this.show('thank-you.html');
    return true;
  }

  private *signUp(plan: Plan): Generator<Pushed> {
    const { browser, shopper } = this;
    yield* this.open('sign-up.html');
    this.wait(40);
    yield browser.identify(this.at, shopper.email);
    yield browser.set(this.at, { Name: shopper.name });
    yield browser.record(this.at, 'Signed Up', { 'Plan Name': plan.name });
    yield* this.show('');
  }

  private *signIn(): Generator<Pushed> {
    yield* this.open('sign-in.html');
    this.wait(12);
    yield this.browser.identify(this.at, this.shopper.email);
    yield this.browser.record(this.at, 'Signed In');
    yield* this.show('');
  }

  private *signOut(): Generator<Pushed> {
    yield* this.open('sign-out.html');
    yield this.browser.record(this.at, 'Signed Out');
    this.browser.signOut();
  }

  private *askForLetter(): Generator<Pushed> {
    const { random, calendar, email } = this.shopper;
    yield* this.open('letter.html');
    this.wait(35);
    const teas = TEAS.filter((tea) => tea !== MIDNIGHT || this.at >= calendar.launch);
    yield this.browser.record(this.at, 'Asked for the Letter', {
      email,
      'Favourite Tea': random.weighted(teas, ({ liked }) => liked).name,
      Wish: random.pick(WISHES),
      Source: 'Letter Page',
    });
  }

  /** Waits some seconds, so that the page's automatic hits come first. */
  private wait(mean: number): void {
    this.at += 3 + Math.min(this.shopper.random.around(mean), 8 * mean);
  }
}

function addressOf(tea: Tea): string {
  return `product.html?id=${tea.id}`;
}
