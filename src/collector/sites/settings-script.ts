import type { SiteConfig } from './config.js';

/** For each automatic feature, the global with which the tracker skips it (docs/reference.md#1.2). */
const SKIPS: Record<Exclude<keyof SiteConfig['automatic'], 'routeQuery'>, string> = {
  urlApi: 'KM_SKIP_URL',
  pageView: 'KM_SKIP_PAGE_VIEW',
  visitedSite: 'KM_SKIP_VISITED_SITE',
  referrer: 'KM_SKIP_REFERRER',
  searchEngine: 'KM_SKIP_SEARCH_ENGINE',
  campaigns: 'KM_SKIP_UTM',
  returning: 'KM_SKIP_RETURNING',
  formFields: 'KM_SKIP_FORM_FIELDS',
};

/** Key and collector, if the tracker cannot read them from its own URL. */
export interface Origin {
  /** The site's key. */
  key?: string | undefined;
  /** The collector's URL, or a path relative to the script's URL: `..`. */
  collector?: string | undefined;
}

/**
 * The line with the settings of a site that is put before its tracker; empty if there are none. It contains only values that differ
 * from the tracker's defaults, since every visitor downloads it.
 */
export function settingsScript(site: SiteConfig, { key, collector }: Origin = {}): string {
  const settings: Record<string, unknown> = { KM_KEY: key, KM_COLLECTOR: collector };
  for (const feature of Object.keys(SKIPS) as (keyof typeof SKIPS)[]) {
    const isDefault = site.automatic[feature] === (feature !== 'pageView');
    if (!isDefault) settings[SKIPS[feature]] = site.automatic[feature] ? 0 : 1;
  }
  if (site.automatic.routeQuery) settings.KM_ROUTE_QUERY = 1;
  if (site.cookieDomain) settings.KM_COOKIE_DOMAIN = site.cookieDomain;
  if (site.formIdentity) settings.KM_FORM_IDENTITY = 1;
  if (site.cleanUrl) settings.KM_CLEAN_URL = 1;
  if (site.library.length) settings.KM_LIBRARY = site.library;
  if (site.consent === 'denied') settings.KM_CONSENT = site.consent;
  if (site.globalPrivacyControl) settings.KM_GPC = 1;
  if (site.doNotTrack) settings.KM_DNT = 1;
  if (site.cookieless) settings.KM_COOKIELESS = 1;
  if (site.domains.length) settings.KM_DOMAINS = site.domains;
  const line = JSON.stringify(settings);
  // Not `var`, which would be local in a module; not `self`, since some old pages have a variable of that name.
  return line === '{}' ? '' : `window.KM_SITE=${line};\n`;
}
