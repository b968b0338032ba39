/** The one in the middle, which a single slow round does not move. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The value that such a part of all is below: 0.99 for all but one in a hundred. */
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
