import type { KM } from '../types.js';

/** One rule of the Event Library (docs/reference.md#6.3): an event that its owner set up outside the page. */
export interface LibraryRule {
  /** `url`: a pattern as in `KM.um`; `regex`: against the whole URL; `click`, `submit`: as in `trackClick`. */
  type: 'url' | 'regex' | 'click' | 'submit';
  match: string;
  event: string;
}

/**
 * The settings of a site, from `/KEY.js` or from `init`. A global of the page overrides the setting of the same name
 * (docs/reference.md#1.2). A switch is on if its value is truthy, as in the
 * original. A value of the wrong type counts as not set where a text or a list is expected, and so does an element of that id.
 */
export interface SiteSettings {
  /** The domain of all cookies. Empty or unset: the widest that the browser accepts. */
  KM_COOKIE_DOMAIN?: string;
  /** Parameters of the page's URL are not read as an event, an identity and properties (`kme`, `kmi`, `km_NAME`). */
  KM_SKIP_URL?: unknown;
  /** False switches page views on. They are the only automatic event that is off by default. */
  KM_SKIP_PAGE_VIEW?: unknown;
  /** A new query by `history.replaceState` is also a page view. */
  KM_ROUTE_QUERY?: unknown;
  KM_SKIP_VISITED_SITE?: unknown;
  KM_SKIP_REFERRER?: unknown;
  KM_SKIP_SEARCH_ENGINE?: unknown;
  KM_SKIP_UTM?: unknown;
  KM_SKIP_RETURNING?: unknown;
  /** `trackSubmit` records the event without what was typed in. */
  KM_SKIP_FORM_FIELDS?: unknown;
  /** `trackSubmit` names an anonymous visitor by the form's user name or e-mail address. */
  KM_FORM_IDENTITY?: unknown;
  /** The parameters of the URL API are taken out of the address bar once they have been read. */
  KM_CLEAN_URL?: unknown;
  KM_LIBRARY?: LibraryRule[];
  /**
   * `denied`: nothing is stored (but the visitor's answer) or sent until the page calls `consent` with `granted`, or `optIn`. Any
   * other value than `granted`, such as `Granted`, false or null, counts as `denied`.
   */
  KM_CONSENT?: 'granted' | 'denied';
  /** Visitors whose browser sends Do Not Track are not tracked. */
  KM_DNT?: unknown;
  /** Visitors whose browser sends Global Privacy Control are not tracked. */
  KM_GPC?: unknown;
  /** Nothing but the visitor's choice is stored in the browser: each page load is a new visitor, unless the page names them. */
  KM_COOKIELESS?: unknown;
  /** The site's domains. A link from one to another, when it is clicked, gets an id of the visitor. */
  KM_DOMAINS?: string[];
}

/** Globals that a page sets for the tracker, and those that the tracker sets (docs/reference.md#1.2 and docs/reference.md#1.3). */
export interface PageGlobals extends SiteSettings {
  _kmq?: unknown;
  KM?: KM;
  /** The site's key, as the snippet sets it. */
  _kmk?: string | undefined;
  /** The site's key, as the original's library file sets it. */
  KM_KEY?: string;
  /** URL of the collector, for a tracker that was not loaded from it. */
  KM_COLLECTOR?: string | undefined;
  /** The collector is another implementation of the protocol: send nothing that it does not know. */
  KM_PLAIN?: unknown;
  /** Replaces `document.referrer`, for a page in a frame. */
  KM_REFERRER?: string;
  /** The visitor's Do Not Track header, if the server writes it into the page. */
  KMDNTH?: unknown;
  /** The site's settings, with its key and the collector's URL, as the collector puts them in front of the tracker. */
  KM_SITE?: SiteSettings & Pick<PageGlobals, 'KM_KEY' | 'KM_COLLECTOR'>;
}

/** The page's globals. Not `window`: a module may be imported where there is none. */
export const page = globalThis as unknown as PageGlobals;

/** The value of `KM_SITE` when the tracker started. */
let site: PageGlobals | undefined;

/** Called when the tracker starts. Later values do not count: a second tracker in the page puts its own settings into `KM_SITE`. */
export function keepSettings(): void {
  site = own(page, 'KM_SITE');
}

/**
 * A global that the page has set, else a setting of the site.
 * @param kind for a text or a list: a value of another type counts as not set
 */
export function setting<Name extends keyof PageGlobals>(
  name: Name,
  kind?: StringConstructor | ArrayConstructor,
): PageGlobals[Name] | undefined {
  return [own(page, name), own(site, name)].find((value) =>
    kind ? Object(value) instanceof kind : value !== undefined,
  );
}

/**
 * An own property of an object. Elements and frames are globals too, by their ids and names, but not own properties of the
 * window: an element in a visitor's comment must not be read as a setting. A getter that throws has no value.
 */
function own<From extends object, Name extends keyof From>(from: From | undefined, name: Name): From[Name] | undefined {
  try {
    // Tested first, so that nothing throws for a missing object: exceptions are slow.
    return from && Object.prototype.hasOwnProperty.call(from, name) ? from[name] : undefined;
  } catch {
    return undefined;
  }
}
