/** A parameter of the address, parsed as JSON. The address may have been cut, or come from another version. */
export function jsonIn(parameters: URLSearchParams, name: string): unknown {
  try {
    return JSON.parse(parameters.get(name) ?? 'null');
  } catch {
    return null;
  }
}
