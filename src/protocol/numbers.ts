/** JavaScript keeps every number of up to so many digits exactly (https://tc39.es/ecma262/#sec-number-type). */
const EXACT_DIGITS = 15;

/** JavaScript writes this number, and larger ones, with an exponent. */
const FIRST_WITH_EXPONENT = 1e21;

const [ZERO, NINE] = [0x30, 0x39];

/**
 * Whether JavaScript can represent a number of JSON exactly as it is written. An order number of 20 digits would lose the last
 * four, and two orders would become one: such a number is kept as text.
 */
export function isHeld(number: string): boolean {
  const digits = significantDigits(number);
  const value = Number(number);
  return digits <= EXACT_DIGITS && Math.abs(value) < FIRST_WITH_EXPONENT && (value !== 0 || digits === 0);
}

/**
 * Counts from the first digit that is not zero to the last one. Without a regular expression: `/0+$/` takes quadratic time on a
 * million digits.
 */
function significantDigits(number: string): number {
  let digits = 0;
  let count = 0;
  for (let at = 0; at < number.length; at++) {
    const code = number.charCodeAt(at);
    if (code === 0x65 || code === 0x45 /* e, E */) break;
    if (code < ZERO || code > NINE || (code === ZERO && !digits)) continue;
    digits += 1;
    if (code !== ZERO) count = digits;
  }
  return count;
}
