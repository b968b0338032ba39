import { taggedUrl } from './tagged-url.js';
import { externalReferrer } from './referrer.js';
import { pageViews } from './page-view.js';
import { campaign } from './campaign.js';
import { visitedSite } from './visited-site.js';
import { eventLibrary } from './library.js';
import { returning } from './returning.js';
import { setting, type SiteSettings } from '../page/globals.js';
import { searchEngine } from './search-engine.js';

/** What is tracked automatically, in the original's order, each with the setting that skips all of it (docs/reference.md#2.2). */
const FEATURES: [run: () => void, skip?: keyof SiteSettings][] = [
  [taggedUrl, 'KM_SKIP_URL'],
  [pageViews, 'KM_SKIP_PAGE_VIEW'],
  [visitedSite, 'KM_SKIP_VISITED_SITE'],
  [externalReferrer, 'KM_SKIP_REFERRER'],
  [searchEngine, 'KM_SKIP_SEARCH_ENGINE'],
  [campaign],
  [returning, 'KM_SKIP_RETURNING'],
  [eventLibrary],
];

/** The automatic features that the site has not switched off; page views are off until it switches them on. */
export function automaticFeatures(): (() => void)[] {
  return FEATURES.flatMap(([run, skip]) => (skip && (setting(skip) ?? run == pageViews) ? [] : run));
}
