import type { FunnelQuestion } from '../protocol/reports.js';

/** A funnel that was looked at in this browser: a question without days, filter and split. */
export type LookedAt = Pick<FunnelQuestion, 'steps' | 'window' | 'skip'>;

/** The entry of `localStorage` with the funnels of a site, those that were looked at most often first. The name of the site follows. */
export const LOOKED_AT = 'kmq-funnels ';
