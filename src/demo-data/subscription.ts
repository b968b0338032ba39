import { pushed, type Pushed } from './browser.js';
import { DAY } from './calendar.js';
import type { Random } from './random.js';
import { JUST_LOOKING, ONE_TIN, TWO_TINS, type Plan } from './shop.js';

const MONTH = 30 * DAY;
const REASONS = ['Too much tea', 'Too expensive', 'Moving house', 'A present that is over'];

/** The hits that the shop's server sends for a plan: payments, changes of the plan, and its end. */
export class Subscription {
  /** When the server sends the next hit; Infinity for a plan that is free or has ended. */
  next: number;
  private months = 0;
  private count = 0;

  constructor(
    private readonly person: string,
    private readonly random: Random,
    public plan: Plan,
    began: number,
  ) {
    this.next = plan.price ? began + random.between(1, 20) : Infinity;
  }

  get isActive(): boolean {
    return this.next !== Infinity;
  }

  /** The server's hits at `next`. @param from they are not sent earlier */
  *month(from: number): Generator<Pushed> {
    const { random } = this;
    const at = Math.max(this.next, from);
    if (this.months > 0 && random.chance(this.plan.cancels)) {
      this.next = Infinity;
      yield this.record(at, 'Canceled', { 'Plan Name': this.plan.name, Reason: random.pick(REASONS) });
      this.plan = JUST_LOOKING;
      return;
    }
    if (this.months > 0 && random.chance(0.08)) {
      this.plan = this.plan === ONE_TIN ? TWO_TINS : ONE_TIN;
      const event = this.plan === TWO_TINS ? 'Upgraded' : 'Downgraded';
      yield this.record(at, event, { 'Plan Name': this.plan.name });
    }
    this.months += 1;
    this.next = at + MONTH;
    yield this.record(at + 1, 'Billed', {
      'Billing Amount': this.plan.price,
      'Billing Description': `${this.plan.name}, month ${this.months}`,
    });
  }

  private record(at: number, name: string, properties: Record<string, string | number>): Pushed {
    const { person, random } = this;
    return pushed(at, 'event', name, properties, { person, agent: 'server', count: this.count++, random });
  }
}
