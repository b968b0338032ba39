import type { KM } from '../types.js';

/** One rule of the Event Library (docs/reference.md#6.3): an event that its owner set up outside the page. */
export interface LibraryRule {
  /** `url`: a pattern as in `KM.um`; `regex`: against the whole address; `click`, `submit`: as in `trackClick`. */
  type: 'url' | 'regex' | 'click' | 'submit';
  match: string;
  event: string;
}

/**
 * What a site can decide, as a global of the page or as a setting of the site, which arrives inside
 * `/KEY.js`; the page's global wins (docs/reference.md#1.2). Switches count by their truth, as in the original; a text or
 * a list that is something else counts as not set, and so does what the page has not set itself, as an element by its id.
 */
export interface SiteSettings {
  /** Exact cookie domain; empty or unset: the widest that the browser accepts. */
  KM_COOKIE_DOMAIN?: string;
  KM_SKIP_URL?: unknown;
  /** Page views are the one automatic event that is off until this is false. */
  KM_SKIP_PAGE_VIEW?: unknown;
  /** A query that is replaced (`history.replaceState`) is a page view of its own. */
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
   * `denied`: nothing is stored or sent until the page pushes `['consent', 'granted']`. Whatever else is set, `Granted`
   * or false or null, counts as denied, too.
   */
  KM_CONSENT?: 'granted' | 'denied';
  /** Visitors whose browser sends Do Not Track are not tracked. */
  KM_DNT?: unknown;
  /** Visitors whose browser sends Global Privacy Control are not tracked. */
  KM_GPC?: unknown;
  /** Nothing is stored in the browser: each page load is a visitor of its own, unless it is named. */
  KM_COOKIELESS?: unknown;
  /** The site's domains: links from one to another carry the visitor along. */
  KM_DOMAINS?: string[];
}

/** What a page says to the tracker, and what the tracker leaves in it (docs/reference.md#1.2 and docs/reference.md#1.3). */
export interface PageGlobals extends SiteSettings {
  _kmq?: unknown;
  KM?: KM;
  /** The site's key, as the snippet sets it. */
  _kmk?: string | undefined;
  /** The site's key, as the original's library file sets it. */
  KM_KEY?: string;
  /** Address of the collector, for a bundle that does not come from it. */
  KM_COLLECTOR?: string | undefined;
  /** The collector is another implementation of the specification: send nothing that it does not know. */
  KM_PLAIN?: unknown;
  /** Replaces `document.referrer`, for a page in a frame. */
  KM_REFERRER?: string;
  /** The visitor's Do Not Track header, where a script of the server has seen it. */
  KMDNTH?: unknown;
  /** The site's settings, with its key and the collector's address, as the collector puts them in front of the tracker. */
  KM_SITE?: SiteSettings & Pick<PageGlobals, 'KM_KEY' | 'KM_COLLECTOR'>;
}

/** The page's globals. Not `window`: a module may be imported where there is none. */
export const page = globalThis as unknown as PageGlobals;

/**
 * A global that the page has set, else a setting of the site.
 * @param kind for a text or a list: what is something else counts as not set
 */
export function setting<Name extends keyof PageGlobals>(
  name: Name,
  kind?: StringConstructor | ArrayConstructor,
): PageGlobals[Name] | undefined {
  return [own(page, name), own(own(page, 'KM_SITE') as PageGlobals | undefined, name)].find((value) =>
    kind ? Object(value) instanceof kind : value !== undefined,
  );
}

/**
 * What an object has of its own. Elements and frames are globals, too, by their ids and names, but none of the window's
 * own: whatever a visitor's comment on the page is called, it decides nothing. A getter that throws has no value.
 */
function own<From extends object, Name extends keyof From>(from: From | undefined, name: Name): From[Name] | undefined {
  try {
    // Nothing is thrown where nothing is: that costs a page more than all settings together.
    return from && Object.prototype.hasOwnProperty.call(from, name) ? from[name] : undefined;
  } catch {
    return undefined;
  }
}
