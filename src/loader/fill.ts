/**
 * The loader as a site's owner pastes it into a page.
 * @param loader the built loader, with its two placeholders
 * @param collector its URL, `https://stats.example.com` or `https://www.example.com/stats`
 */
export function fillLoader(loader: string, collector: string, key: string): string {
  // With functions as replacements, since `$&` in a text would be a pattern. Percent-encoded, a key cannot end the script or the
  // string.
  return loader
    .trim()
    .replace('KMQ_ORIGIN', () => collector)
    .replace('KMQ_KEY', () => encodeURIComponent(key).replaceAll("'", '%27'));
}
