import type { OverviewDay } from '../protocol/reports.js';
import { weekdayOf } from './days.js';
import { ALPHA, certainOf, inverseUpperTail, LEAST_EXPECTED, upperTail } from './statistics.js';

/**
 * Whether two counts differ by more than chance. Counts of people vary more than a Poisson distribution, and with the day of the
 * week.
 */

/** Two counts, which are compared. */
export interface Pair {
  now: number;
  before: number;
  /**
   * The share of `now + before` that is expected in `now` if nothing has changed. Given if the counts are parts of two groups of
   * known size, such as the people who did the previous step. Otherwise it is the share of all people who came in the later period.
   */
  share?: number;
}

/** Whether both counts are expected to be large enough for a test. @param share the share that is expected in `now` */
export const areEnough = ({ now, before }: Pair, share: number): boolean =>
  (now + before) * Math.min(share, 1 - share) >= LEAST_EXPECTED;

export interface Variation {
  /** The share of the people of both periods that is expected in the later one. */
  share: number;
  /** Variance by mean of the counts by day, at least 1: that of a Poisson distribution. */
  dispersion: number;
}

type Day = Pick<OverviewDay, 'start'> & { count: number };

/** 0 is Monday. */
const weekday = ({ start }: Day): number => weekdayOf(start) - 1;

const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Iterations for fitting levels and days of the week. A few are enough. */
const STEPS = 20;

/**
 * How the days of two periods vary, without the effects of the day of the week and of a change between the periods. The expected
 * count of a day is the level of its period multiplied by the factor of its day of the week. Undefined if there are too few days,
 * or nobody in one of the periods.
 */
export function variationOf(now: Day[], before: Day[]): Variation | undefined {
  const times = [now, before];
  const days = times.flatMap((time, at) => time.map((day) => ({ at, weekday: weekday(day), count: day.count })));
  const totals = times.map((time) => sum(time.map(({ count }) => count)));
  if (Math.min(now.length, before.length) < LEAST_DAYS || totals.includes(0)) return undefined;

  let weekdays = Array.from({ length: 7 }, () => 1);
  const weightOf = (at: number): number =>
    sum(days.filter((day) => day.at === at).map((day) => weekdays[day.weekday]!));
  let levels = totals;
  for (let step = 0; step < STEPS; step++) {
    levels = totals.map((total, at) => total / weightOf(at));
    weekdays = weekdays.map((_, index) => {
      const alike = days.filter((day) => day.weekday === index);
      return alike.length ? sum(alike.map(({ count }) => count)) / sum(alike.map(({ at }) => levels[at]!)) : 1;
    });
  }
  const squares = days.map(({ at, weekday, count }) => {
    const expected = levels[at]! * weekdays[weekday]!;
    return expected > 0 ? (count - expected) ** 2 / expected : 0;
  });
  const freedom = days.length - 1 - new Set(days.map(({ weekday }) => weekday)).size;
  const [here, earlier] = [weightOf(0), weightOf(1)];
  return { share: here / (here + earlier), dispersion: Math.max(1, sum(squares) / freedom) };
}

/** With fewer days in a period, no change is reported. */
const LEAST_DAYS = 5;

/**
 * The pairs that have changed by more than chance (by Holm's procedure), the largest change first. Changes are compared by the
 * least change that is certain, at the same error rate.
 * @param variation the variation of all people, of whom each pair counts a part
 * @param whole the people of both periods
 */
export function certainlyChanged<P extends Pair>(pairs: P[], { share, dispersion }: Variation, whole: number): P[] {
  const tested = pairs
    .filter(({ now, before }) => now + before > 0)
    .map((pair) => {
      const both = pair.now + pair.before;
      const expected = pair.share ?? share;
      // A part varies less than the whole: it has its share of the excess variance. Within a group, each person decides separately.
      const spread = pair.share === undefined ? 1 + (dispersion - 1) * Math.min(1, both / whole) : 1;
      const difference = Math.abs(pair.now - both * expected) - 0.5;
      const z = Math.max(0, difference) / Math.sqrt(spread * both * expected * (1 - expected));
      return { pair, expected, spread, p: 2 * upperTail(z) };
    });
  const z = inverseUpperTail(ALPHA / 2 / tested.length);
  const atLeast = ({ pair, expected, spread }: (typeof tested)[number]): number => {
    const [now, before] = [pair.now + 0.5, pair.before + 0.5];
    const ratio = Math.abs(Math.log(now / before / (expected / (1 - expected))));
    return ratio - z * Math.sqrt(spread * (1 / now + 1 / before));
  };
  return certainOf(tested)
    .sort((one, other) => atLeast(other) - atLeast(one))
    .map(({ pair }) => pair);
}
