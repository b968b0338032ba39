import { currentUrl } from './page/address.js';

/** In lower case, without scheme and fragment; what stands before the first slash is the host. */
function split(address: string): [host: string, path: string, query: URLSearchParams] {
  const [, host, path, query] = /^(?:\w*:?\/\/)?([^/?#]*)([^?#]*)\??([^#]*)/.exec(address.toLowerCase())!;
  return [
    host!,
    // index.html, home and the slash at the end are the folder itself; `/a/*` takes in `/a`.
    path!.replace(/\/((index|home)[^/]*)?$/, '').replace(/\/\*$/, '*'),
    new URLSearchParams(query),
  ];
}

/**
 * `KM.um(pattern, url?)`: whether an address, the current one unless told, fits a pattern
 * (docs/reference.md#6.2). `*` stands for any text; a host counts where the pattern names one; parameters of the pattern must
 * be there, in any order and among others, with `*` for any value but an empty one.
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

/** Pieces behind a wildcard are looked for from the end, each behind the one before it. */
function fits(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split(/\*+/);
  let end = text.startsWith(first!) ? first!.length : Infinity;
  for (const piece of rest) {
    // Nothing, behind a last wildcard, is found at the end.
    const at = text.lastIndexOf(piece);
    end = at < end ? Infinity : at + piece.length;
  }
  return end == text.length;
}

/** `KM.urm(regex)`: whether a regular expression finds something in the whole current address. */
export function urlMatchesRegex(regex: unknown): boolean {
  return RegExp(regex as string).test(currentUrl());
}
