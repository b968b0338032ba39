import { hasPeople } from '../has-people.js';
import { address, isSiteNamed } from '../site.js';

/** If the address names no site, and there are no hits yet, the page *Snippet* is opened. */
export async function landed(): Promise<boolean> {
  if (isSiteNamed || (await hasPeople())) return false;
  location.replace(address('/start'));
  return true;
}
