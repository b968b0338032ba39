import type { People } from '../../protocol/api.js';
import { address, read } from '../site.js';

/** Whether anybody has ever come to the site. The store knows at once, also where there are no reports. */
export async function hasPeople(): Promise<boolean> {
  const answer = await read<People>(address('/api/v1/people'));
  return answer !== undefined && answer.people.length > 0;
}

/** Whoever opens the collector without naming a site, and has no hits yet, begins with the snippet. */
export async function landed(): Promise<boolean> {
  if (new URLSearchParams(location.search).has('key') || (await hasPeople())) return false;
  location.replace(address('/start'));
  return true;
}
