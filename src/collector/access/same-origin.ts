import type { IncomingHttpHeaders } from 'node:http';

/**
 * The path to which a login may lead back: one of this collector, or `/`. A browser reads `//host` and `/\host` as
 * another host, and drops tabs and line ends before it does (https://url.spec.whatwg.org/#concept-basic-url-parser).
 */
export function localPath(text: unknown): string {
  if (typeof text !== 'string' || !/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/';
  return text;
}

/**
 * Whether a page of this very origin has sent the request: browsers say so in `Sec-Fetch-Site`
 * (https://www.w3.org/TR/fetch-metadata/), or, older ones and on plain http, in `Origin`. Undefined if both are
 * missing, as from a program that is not a browser.
 * @param host as the client has asked for it, port included
 */
export function isSameOrigin(headers: IncomingHttpHeaders, host: string): boolean | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  if (headers.origin === undefined) return undefined;
  if (!URL.canParse(headers.origin) || !/^[\w.:[\]-]+$/.test(host)) return false;
  const origin = new URL(headers.origin);
  // A proxy may name the port that browsers leave out.
  const own = `${origin.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === origin.host;
}
