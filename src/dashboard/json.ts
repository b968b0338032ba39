/** More levels than any question has. With thousands of them, code that goes through the levels would run out of stack. */
const DEEPEST = 100;

/** The parsed text; null if it cannot be read. An address may have been cut, or come from another version, or from anyone. */
export function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isShallow(value, DEEPEST) ? value : null;
  } catch {
    return null;
  }
}

const isShallow = (value: unknown, levels: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1)));

/** A parameter of the address, parsed as JSON. */
export const jsonIn = (parameters: URLSearchParams, name: string): unknown => parsed(parameters.get(name) ?? 'null');
