import { currentUrl } from './page/address.js';

/** Splits a URL, in lower case and without scheme and fragment. The part before the first slash is the host. */
function split(address: string): [host: string, path: string, query: URLSearchParams] {
  const [, host, path, query] = /^(?:\w*:?\/\/)?([^/?#]*)([^?#]*)\??([^#]*)/.exec(address.toLowerCase())!;
  return [
    host!,
    // index.html, home and a slash at the end mean the folder itself; `/a/*` includes `/a`.
    path!.replace(/\/((index|home)[^/]*)?$/, '').replace(/\/\*$/, '*'),
    new URLSearchParams(query),
  ];
}

/**
 * `KM.um(pattern, url?)`: whether a URL, by default the current one, fits a pattern
 * (docs/reference.md#6.2). `*` stands for any text. The host counts only if the pattern names one. The URL must have all
 * parameters of the pattern, in any order, and may have others; the value `*` stands for any value that is not empty. Case does not
 * count.
 */
export function urlMatches(pattern: string, url = currentUrl()): boolean {
  const [wantedHost, wantedPath, wanted] = split(pattern);
  const [host, path, given] = split(url);
  return (
    fits(wantedHost || '*', host) &&
    fits(wantedPath, path) &&
    [...wanted].every(([name, value]) =>
      given.getAll(name).some((present) => (value == '*' ? present : present == value)),
    )
  );
}

// The text must begin with the first piece and end with the last. The pieces between are searched from the end of the text, as in
// the original: `/*/*/view` does not fit `/a/b/view`.
function fits(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split(/\*+/);
  let end = text.startsWith(first!) ? first!.length : Infinity;
  for (const piece of rest) {
    // The last occurrence: for an empty piece, after a wildcard at the end of the pattern, that is the end of the text.
    const at = text.lastIndexOf(piece);
    end = at < end ? Infinity : at + piece.length;
  }
  return end == text.length;
}

/** `KM.urm(regex)`: whether a regular expression matches a part of the current URL. */
export function urlMatchesRegex(regex: unknown): boolean {
  return RegExp(regex as string).test(currentUrl());
}
