/** What a parameter of the address holds as JSON: it may have been cut, or be of another version. */
export function jsonIn(parameters: URLSearchParams, name: string): unknown {
  try {
    return JSON.parse(parameters.get(name) ?? 'null');
  } catch {
    return null;
  }
}
