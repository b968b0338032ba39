/** When the hits of a year happen: more by day than by night, fewer at weekends, and more from month to month. */

/** Monday, in Unix seconds. */
export const BEGAN = Date.UTC(2025, 0, 6) / 1000;
export const YEAR_SECONDS = 365 * 86_400;

/** Hits of each hour of a day, as percentages of the busiest hour. */
const HOURS = [28, 19, 14, 12, 12, 16, 26, 42, 58, 68, 74, 78, 80, 76, 74, 74, 76, 80, 86, 94, 100, 96, 74, 46];
const WEEKEND = 0.7;
/** A day at the end of the year has 30 % more hits than a day at its beginning. */
const GROWTH = 0.3;
const HOUR_SECONDS = 3600;

/** How many hits have happened before each hour of the year; the last number is for the end of the year. */
function hitsByHour(total) {
  const sums = new Float64Array(365 * 24 + 1);
  for (let hour = 0; hour < sums.length - 1; hour++) {
    const day = Math.floor(hour / 24);
    const weekday = day % 7 < 5 ? 1 : WEEKEND;
    sums[hour + 1] = sums[hour] + HOURS[hour % 24] * weekday * (1 + (GROWTH * day) / 365);
  }
  const scale = total / sums.at(-1);
  return sums.map((sum) => sum * scale);
}

/**
 * @param total hits of the year
 * @returns a function: when hit number n happens, in Unix seconds. It is fast if it is called with ascending numbers
 */
export function yearClock(total) {
  const sums = hitsByHour(total);
  let hour = 0;
  return (n) => {
    if (n < sums[hour]) hour = 0;
    while (n >= sums[hour + 1] && hour < sums.length - 2) hour++;
    const part = Math.min(1, (n - sums[hour]) / (sums[hour + 1] - sums[hour]));
    return BEGAN + Math.floor((hour + part) * HOUR_SECONDS);
  };
}
