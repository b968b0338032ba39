import type { Random } from './random.js';

export const DAY = 86_400;
const HOUR = 3600;

/** Days of the data, today among them. */
export const DAYS = 90;

/** More people every month. */
const GROWTH = 1.1;

/** On the first days more people are new: those who knew the shop before tracking began. */
const KNOWN = 1.3;
const KNOWN_DAYS = 9;

/** By day, from Sunday on: most tea is bought at the beginning of the week. */
const WEEKDAYS = [1.15, 1.1, 1.06, 1.03, 1, 0.88, 0.78];

/** By hour: a European shop, with some visitors at night and from overseas. */
const HOURS = [10, 7, 5, 4, 4, 6, 14, 28, 42, 54, 60, 58, 52, 50, 52, 54, 56, 60, 70, 84, 92, 80, 50, 22];

/** Days before today. A new tea comes, and many look at it for some days. */
const LAUNCH = 20;
const LAUNCH_CROWDS = [2.6, 1.9, 1.4, 1.2];
const LAUNCH_HOUR = 9;

/** On these days the shop's checkout did not work. */
const BROKEN_CHECKOUT = [5, 4];

/** When the tea letter went out. */
const LETTERS = [80, 50, LAUNCH];
const LETTER_HOUR = 10;
const FIRST_LETTER = 5;

export interface Letter {
  name: string;
  at: number;
}

/** The shop's last ninety days: how many visitors come when, and special events. Times are Unix seconds, days are UTC. */
export class Calendar {
  /** The first moment of today. */
  readonly today: number;
  readonly first: number;
  readonly launch: number;
  readonly letters: readonly Letter[];
  /** The share of all visitors who have come by the end of each hour. */
  private readonly shares: number[] = [];

  /** @param moment when the data ends */
  constructor(readonly moment: number) {
    this.today = moment - (moment % DAY);
    this.first = this.today - (DAYS - 1) * DAY;
    this.launch = this.today - LAUNCH * DAY + LAUNCH_HOUR * HOUR;
    this.letters = LETTERS.map((age, at) => ({
      name: `letter-${FIRST_LETTER + at}`,
      at: this.today - age * DAY + LETTER_HOUR * HOUR,
    }));
    let sum = 0;
    for (let hour = this.first; hour < moment; hour += HOUR) {
      const part = Math.min(1, (moment - hour) / HOUR);
      this.shares.push((sum += this.crowd(hour) * HOURS[(hour % DAY) / HOUR]! * part));
    }
    this.shares.forEach((share, at) => (this.shares[at] = share / sum));
  }

  /** The time at which this share of all visitors have come; busy hours get more of them. */
  arrival(share: number): number {
    let [low, high] = [0, this.shares.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shares[middle]! > share) high = middle;
      else low = middle + 1;
    }
    const before = this.shares[low - 1] ?? 0;
    const begin = this.first + low * HOUR;
    const end = Math.min(begin + HOUR, this.moment);
    return begin + ((share - before) / (this.shares[low]! - before)) * (end - begin);
  }

  /** A time for somebody who returns after about this many seconds, on a likely day and at a likely hour. */
  laterThan(time: number, pause: number, random: Random): number {
    let day = Math.floor((time + pause) / DAY);
    while (!random.chance(WEEKDAYS[weekday(day * DAY)]! / WEEKDAYS[0]!)) day += 1;
    const hour = random.weighted([...HOURS.keys()], (one) => HOURS[one]!);
    const chosen = day * DAY + hour * HOUR + random.between(0, HOUR);
    // Who comes back on the same day comes back later.
    return chosen > time + HOUR ? chosen : time + random.between(1, 4) * HOUR;
  }

  /** The last letter that went out before. */
  letterBefore(time: number): Letter | undefined {
    return this.letters.findLast(({ at }) => at <= time);
  }

  /** How many days before today. */
  age(time: number): number {
    return Math.floor((this.today + DAY - 1 - time) / DAY);
  }

  isCheckoutBroken(time: number): boolean {
    return BROKEN_CHECKOUT.includes(this.age(time));
  }

  /** How many come on a day, compared with others. */
  private crowd(time: number): number {
    const launched = time < this.launch ? 1 : (LAUNCH_CROWDS[LAUNCH - this.age(time)] ?? 1);
    const days = (time - this.first) / DAY;
    return (GROWTH ** (days / 30) + KNOWN * Math.exp(-days / KNOWN_DAYS)) * WEEKDAYS[weekday(time)]! * launched;
  }
}

/** Sunday is 0. The first of January 1970 was a Thursday. */
function weekday(time: number): number {
  return (Math.floor(time / DAY) + 4) % 7;
}
