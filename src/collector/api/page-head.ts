import type { About } from '../../protocol/api.js';

/** The parameters of a URL: a list if one is given more than once. */
export type Query = Record<string, unknown>;

/** A request to the read API, exactly as the script of a page sends it. */
export interface FirstRequest {
  path: string;
  /** The parameters besides the key; undefined if the URL of the page lacks what the request needs. */
  parameters: (query: Query) => Record<string, string> | undefined;
}

/** The URL of a page's first request. @param query of the page's own URL */
export function addressOf(
  { path, parameters }: FirstRequest,
  key: string,
  query: Query,
  basePath: string,
): string | undefined {
  const asked = parameters(query);
  return asked && `${basePath}${path}?${new URLSearchParams({ key, ...asked }).toString()}`;
}

/**
 * What the head of a page contains for its script, so that the page shows its numbers earlier: what `/api/v1/about` would answer, the
 * time, and a link by which the browser sends the first request before the script has loaded.
 */
export function headOf(about: About, first: string | undefined): string {
  // As JSON, `\u003c` is the same as `<`, which could end the element.
  const json = JSON.stringify(about).replaceAll('<', '\\u003c');
  const data = `  <script type="application/json" id="about" data-now="${Date.now()}">${json}</script>\n`;
  // URL encoding leaves no character that could end the attribute.
  return first === undefined ? data : `${data}  <link rel="preload" as="fetch" href="${first}" crossorigin />\n`;
}
