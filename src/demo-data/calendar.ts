import type { Random } from './random.js';

export const DAY = 86_400;
const HOUR = 3600;

/** How many days the data covers, today included. */
export const DAYS = 90;

/** Each month has so many times the people of the month before. */
const GROWTH = 1.1;

/** On the first days there are more new people: they knew the shop before tracking began. */
const KNOWN = 1.3;
const KNOWN_DAYS = 9;

/** By day, from Sunday on: most tea is bought at the beginning of the week. */
const WEEKDAYS = [1.15, 1.1, 1.06, 1.03, 1, 0.88, 0.78];

/** By hour: a European shop, with some visitors at night and from overseas. */
const HOURS = [10, 7, 5, 4, 4, 6, 14, 28, 42, 54, 60, 58, 52, 50, 52, 54, 56, 60, 70, 84, 92, 80, 50, 22];

/** So many days ago a new tea was launched, and many looked at it for some days. */
const LAUNCH = 20;
const LAUNCH_CROWDS = [2.6, 1.9, 1.4, 1.2];
const LAUNCH_HOUR = 9;

/** Days before today on which the shop's checkout did not work. */
const BROKEN_CHECKOUT = [5, 4];

/** Days before today on which the newsletter was sent. */
const LETTERS = [80, 50, LAUNCH];
const LETTER_HOUR = 10;
const FIRST_LETTER = 5;

export interface Letter {
  name: string;
  at: number;
}

/** The shop's last ninety days: when how many visitors come, and special events. Times are Unix seconds, days are UTC. */
export class Calendar {
  /** The beginning of today. */
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

  /** The time by which this share of all visitors has come; busy hours have more of them. */
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

  /** A time for a visitor who returns after about this many seconds, on a likely day and at a likely hour. */
  laterThan(time: number, pause: number, random: Random): number {
    let day = Math.floor((time + pause) / DAY);
    while (!random.chance(WEEKDAYS[weekday(day * DAY)]! / WEEKDAYS[0]!)) day += 1;
    const hour = random.weighted([...HOURS.keys()], (one) => HOURS[one]!);
    const chosen = day * DAY + hour * HOUR + random.between(0, HOUR);
    // On the same day, the return must be later than the visit.
    return chosen > time + HOUR ? chosen : time + random.between(1, 4) * HOUR;
  }

  /** The last newsletter that was sent before this time. */
  letterBefore(time: number): Letter | undefined {
    return this.letters.findLast(({ at }) => at <= time);
  }

  /** How many days before today a time is. */
  age(time: number): number {
    return Math.floor((this.today + DAY - 1 - time) / DAY);
  }

  isCheckoutBroken(time: number): boolean {
    return BROKEN_CHECKOUT.includes(this.age(time));
  }

  /** How many visitors come on a day, relative to other days. */
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
