import type { IncomingHttpHeaders } from 'node:http';

/**
 * The path that is opened after a login: a path of this collector, else `/`. A browser reads `//host` and `/\host` as
 * another host, and removes tabs and line ends before that (https://url.spec.whatwg.org/#concept-basic-url-parser).
 */
export function localPath(text: unknown): string {
  if (typeof text !== 'string' || !/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/';
  return text;
}

/**
 * Whether a page of exactly this origin has sent the request. Browsers send `Sec-Fetch-Site`
 * (https://www.w3.org/TR/fetch-metadata/); older ones, and all on plain http, send `Origin`. Undefined if both are
 * missing, as from a program that is not a browser.
 * @param host the host that the client has requested, with its port
 */
export function isSameOrigin(headers: IncomingHttpHeaders, host: string): boolean | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  if (headers.origin === undefined) return undefined;
  if (!URL.canParse(headers.origin) || !/^[\w.:[\]-]+$/.test(host)) return false;
  const origin = new URL(headers.origin);
  // A proxy may add the default port, which browsers leave out.
  const own = `${origin.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === origin.host;
}
