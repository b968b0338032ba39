/**
 * The loader as a site's owner pastes it.
 * @param loader the built loader, with its two placeholders
 * @param collector its address, `https://stats.example.com` or `https://www.example.com/stats`
 */
export function fillLoader(loader: string, collector: string, key: string): string {
  // A function as replacement: `$&` in a key is no pattern here. Encoded, no key ends the script or the string.
  return loader
    .trim()
    .replace('KMQ_ORIGIN', () => collector)
    .replace('KMQ_KEY', () => encodeURIComponent(key).replaceAll("'", '%27'));
}
