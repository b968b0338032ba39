/** `localStorage`, where there is one: to look at it throws where cookies are off, and web views have null in its place. */
export function localStore(): Record<string, string> | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
