import type { Condition, OverviewAnswer } from '../../protocol/reports.js';
import { foldText } from '../../protocol/fold.js';

/** The people of a row as a condition, which everything can be narrowed to. */

export const byEvent = (event: string): Condition => ({ event });

/** @param domain as the list has it, without `www.` */
export const byReferrer = (domain: string | null): Condition | undefined =>
  domain === null ? undefined : { property: 'Referrer', contains: domain };

/** A site that tells no views of pages has those with which visits began. */
export function byPage(address: string | null, events: OverviewAnswer['events']): Condition | undefined {
  if (address === null) return undefined;
  const viewed: Condition = { event: 'Page View', where: [{ property: 'Viewed URL', equals: address }] };
  const entered: Condition = { event: 'Visited Site', where: [{ property: 'URL', equals: address }] };
  return events.some(({ name }) => foldText(name) === 'page view') ? viewed : { any: [viewed, entered] };
}
