import { hasPeople } from '../anybody.js';
import { address } from '../site.js';

/** If the address names no site, and there are no hits yet, the page *Snippet* is opened. */
export async function landed(): Promise<boolean> {
  if (new URLSearchParams(location.search).has('key') || (await hasPeople())) return false;
  location.replace(address('/start'));
  return true;
}
