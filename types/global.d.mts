/**
 * What a page with the loader has, for its scripts: `/// <reference types="kmq/global" />` in one of them, or
 * `"types": ["kmq/global"]` in tsconfig.json. There is nothing to run in it.
 */
import type { KM as Library, Queue, SiteSettings } from './kmq.mjs';

declare global {
  var _kmq: Queue;
  /** Exists once the tracker has loaded, and so inside a pushed function. */
  var KM: Library;
  /** The site's key, as the original's snippet sets it. */
  var _kmk: string | undefined;
  var KM_KEY: string | undefined;
  /** URL of the collector, for a tracker that was not loaded from it. */
  var KM_COLLECTOR: string | undefined;
  /** The collector is another implementation of the protocol: send nothing that it does not know. */
  var KM_PLAIN: unknown;
  /** Replaces `document.referrer`, for a page in a frame. */
  var KM_REFERRER: string | undefined;
  /** The visitor's Do Not Track header, if the server writes it into the page. */
  var KMDNTH: unknown;
  var KM_COOKIE_DOMAIN: SiteSettings['KM_COOKIE_DOMAIN'];
  var KM_SKIP_URL: SiteSettings['KM_SKIP_URL'];
  var KM_SKIP_PAGE_VIEW: SiteSettings['KM_SKIP_PAGE_VIEW'];
  var KM_ROUTE_QUERY: SiteSettings['KM_ROUTE_QUERY'];
  var KM_SKIP_VISITED_SITE: SiteSettings['KM_SKIP_VISITED_SITE'];
  var KM_SKIP_REFERRER: SiteSettings['KM_SKIP_REFERRER'];
  var KM_SKIP_SEARCH_ENGINE: SiteSettings['KM_SKIP_SEARCH_ENGINE'];
  var KM_SKIP_UTM: SiteSettings['KM_SKIP_UTM'];
  var KM_SKIP_RETURNING: SiteSettings['KM_SKIP_RETURNING'];
  var KM_SKIP_FORM_FIELDS: SiteSettings['KM_SKIP_FORM_FIELDS'];
  var KM_FORM_IDENTITY: SiteSettings['KM_FORM_IDENTITY'];
  var KM_CLEAN_URL: SiteSettings['KM_CLEAN_URL'];
  var KM_LIBRARY: SiteSettings['KM_LIBRARY'];
  var KM_CONSENT: SiteSettings['KM_CONSENT'];
  var KM_DNT: SiteSettings['KM_DNT'];
  var KM_GPC: SiteSettings['KM_GPC'];
  var KM_COOKIELESS: SiteSettings['KM_COOKIELESS'];
  var KM_DOMAINS: SiteSettings['KM_DOMAINS'];
}
