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

type Globals = Record<string, unknown>;

/** A global with a value, or none for the tracker's default. */
const globalIf = (isSet: unknown, name: string, value: unknown): Globals => (isSet ? { [name]: value } : {});

/**
 * For each setting of a site, the globals by which the tracker learns its value; null for those that only the collector needs. The
 * compiler notices a setting that is missing here: the tracker would ignore it.
 */
const GLOBALS: { [setting in keyof Required<SiteConfig>]: ((site: SiteConfig) => Globals) | null } = {
  counting: null,
  automatic: ({ automatic }) => automaticGlobals(automatic),
  cookieDomain: ({ cookieDomain }) => globalIf(cookieDomain, 'KM_COOKIE_DOMAIN', cookieDomain),
  formIdentity: ({ formIdentity }) => globalIf(formIdentity, 'KM_FORM_IDENTITY', 1),
  cleanUrl: ({ cleanUrl }) => globalIf(cleanUrl, 'KM_CLEAN_URL', 1),
  library: ({ library }) => globalIf(library.length, 'KM_LIBRARY', library),
  consent: ({ consent }) => globalIf(consent === 'denied', 'KM_CONSENT', consent),
  globalPrivacyControl: ({ globalPrivacyControl }) => globalIf(globalPrivacyControl, 'KM_GPC', 1),
  doNotTrack: ({ doNotTrack }) => globalIf(doNotTrack, 'KM_DNT', 1),
  cookieless: ({ cookieless }) => globalIf(cookieless, 'KM_COOKIELESS', 1),
  domains: ({ domains }) => globalIf(domains.length, 'KM_DOMAINS', domains),
  origins: null,
  timeZone: null,
  retention: null,
  ipAddress: null,
  placeholders: null,
};

function automaticGlobals(automatic: SiteConfig['automatic']): Globals {
  const globals: Globals = {};
  for (const feature of Object.keys(SKIPS) as (keyof typeof SKIPS)[]) {
    const isDefault = automatic[feature] === (feature !== 'pageView');
    if (!isDefault) globals[SKIPS[feature]] = automatic[feature] ? 0 : 1;
  }
  return { ...globals, ...globalIf(automatic.routeQuery, 'KM_ROUTE_QUERY', 1) };
}

/**
 * The line with the settings of a site that is put before its tracker; empty if there are none. It contains only values that differ
 * from the tracker's defaults, since every visitor downloads it.
 */
export function settingsScript(site: SiteConfig, { key, collector }: Origin = {}): string {
  const settings: Globals = { KM_KEY: key, KM_COLLECTOR: collector };
  for (const globals of Object.values(GLOBALS)) Object.assign(settings, globals?.(site));
  const line = JSON.stringify(settings);
  // Not `var`, which would be local in a module; not `self`, since some old pages have a variable of that name.
  return line === '{}' ? '' : `window.KM_SITE=${line};\n`;
}
