/** The median, which a single slow round does not change. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A quantile: with 0.99, the value below which all but one in a hundred are. */
export function quantile(values, part) {
  return values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))];
}

/** A whole number with commas. */
export function whole(value) {
  return Math.round(value).toLocaleString('en');
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until a condition holds, which is asked every 50 ms. */
export async function until(holds) {
  while (!(await holds())) await pause(50);
}
