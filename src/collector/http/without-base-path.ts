/**
 * The address of a request without the path below which a proxy serves the collector. If the proxy has removed the path already,
 * the address is not changed.
 * @param url as it arrived, with or without scheme and host (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)
 * @param basePath `/stats`
 */
export function withoutBasePath(url: string, basePath: string): string {
  const start = url.startsWith('/') ? 0 : (/^https?:\/\/[^/?#]*/i.exec(url)?.[0].length ?? 0);
  return url.startsWith(`${basePath}/`, start) ? url.slice(0, start) + url.slice(start + basePath.length) : url;
}
