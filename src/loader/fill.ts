/**
 * The loader as a site's owner pastes it.
 * @param loader the built loader, with its two placeholders
 * @param origin of the collector; empty for the page's own
 */
export function fillLoader(loader: string, origin: string, key: string): string {
  // A function as replacement: `$&` in a key is no pattern here. Encoded, no key ends the script or the string.
  return loader
    .trim()
    .replace('KMQ_ORIGIN', () => origin)
    .replace('KMQ_KEY', () => encodeURIComponent(key).replaceAll("'", '%27'));
}
