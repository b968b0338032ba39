/** May be a number in a string: then nothing is changed. */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.eE+-]{15}/;

/** An object, or the reason why the line is none. Of members of one name the last counts. */
export function parseObject(text: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = JSON.parse(LONG_NUMBER.test(text) ? quoteLongNumbers(text) : text);
  } catch (error) {
    return `The line is no JSON: ${(error as Error).message.slice(0, 120)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The line is no JSON object.';
  return value as Record<string, unknown>;
}

/** As a number of JavaScript, an order's number of 20 digits would lose the last four. */
function quoteLongNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
