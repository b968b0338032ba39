import { hasPeople } from '../anybody.js';
import { address } from '../site.js';

/** Whoever opens the collector without naming a site, and has no hits yet, begins with the snippet. */
export async function landed(): Promise<boolean> {
  if (new URLSearchParams(location.search).has('key') || (await hasPeople())) return false;
  location.replace(address('/start'));
  return true;
}
