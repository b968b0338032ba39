import type { Condition, OverviewAnswer } from '../../protocol/reports.js';
import { foldText } from '../../protocol/fold.js';
import { inShownDays } from '../view.js';

/** Conditions for the people of a row, to filter the reports: about the days that are shown, as the row counts them. */

export const byEvent = (event: string): Condition => inShownDays({ event });

export const byChannel = (channel: string): Condition => inShownDays({ channel });

/** @param referrer a domain from the list; null for none */
export const byReferrer = (referrer: string | null): Condition => inShownDays({ referrer });

/** The property that the tracker takes from a tagged link. */
export const CAMPAIGN = 'Campaign Name';

export const byCampaign = (name: string): Condition => inShownDays({ property: CAMPAIGN, equals: name });

/** The condition for a page. On a site that records no page views, it is about the first page of a visit. */
export function byPage(address: string, events: OverviewAnswer['events']): Condition {
  const viewed = inShownDays({ event: 'Page View', where: [{ property: 'Viewed URL', equals: address }] });
  const entered = inShownDays({ event: 'Visited Site', where: [{ property: 'URL', equals: address }] });
  return events.some(({ name }) => foldText(name) === 'page view') ? viewed : { any: [viewed, entered] };
}
