/** As many digits as every number of JavaScript keeps (https://tc39.es/ecma262/#sec-number-type). */
const EXACT_DIGITS = 15;

/** From here on JavaScript writes a number with an exponent. */
const FIRST_WITH_EXPONENT = 1e21;

const [ZERO, NINE] = [0x30, 0x39];

/**
 * Whether JavaScript can hold a number of JSON as it is written. An order's number of 20 digits would lose the last four,
 * and two orders be one: such a number stays the text that it is.
 */
export function isHeld(number: string): boolean {
  const digits = significantDigits(number);
  const value = Number(number);
  return digits <= EXACT_DIGITS && Math.abs(value) < FIRST_WITH_EXPONENT && (value !== 0 || digits === 0);
}

/** From the first digit that is not zero to the last one. It may have a million of them: `/0+$/` would not come to an end. */
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
