import type { People } from '../protocol/api.js';
import { address, read } from './site.js';

/** Whether anybody has ever come to the site. The store knows at once, also where there are no reports. */
export async function hasPeople(): Promise<boolean> {
  const answer = await read<People>(address('/api/v1/people'));
  return answer !== undefined && answer.people.length > 0;
}
