import type { People } from '../protocol/api.js';
import { read } from './requests.js';
import { address } from './site.js';

/** Whether the store has a person of the site, of any day. The store answers at once, even if there are no reports. */
export async function hasPeople(): Promise<boolean> {
  const answer = await read<People>(address('/api/v1/people'));
  return answer !== undefined && answer.people.length > 0;
}
