import type { Condition } from '../../protocol/reports.js';
import { inShownDays } from '../view.js';

/** Conditions for the people of a row, to filter the reports: about the days that are shown, as the row counts them. */

export const byEvent = (event: string): Condition => inShownDays({ event });

export const byChannel = (channel: string): Condition => inShownDays({ channel });

/** @param referrer a domain from the list; null for none */
export const byReferrer = (referrer: string | null): Condition => inShownDays({ referrer });

/** The property that the tracker takes from a tagged link. */
export const CAMPAIGN = 'Campaign Name';

export const byCampaign = (name: string): Condition => inShownDays({ property: CAMPAIGN, equals: name });

/** @param page an address from the list, without parameters of campaigns */
export const byPage = (page: string): Condition => inShownDays({ page });
