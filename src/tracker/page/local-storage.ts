/** `localStorage`, if there is one. Access to it throws if cookies are disabled, and in some web views it is null. */
export function localStore(): Record<string, string> | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
