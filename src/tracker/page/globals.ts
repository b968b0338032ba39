import type { KM } from '../types.js';

/** What a page says to the tracker, and what the tracker leaves in it (reference sections 1.2 and 1.3). */
export interface PageGlobals {
  _kmq?: unknown;
  KM?: KM;
  /** The site's key, as the snippet sets it. */
  _kmk?: string;
  /** The site's key, as the original's library file sets it. */
  KM_KEY?: string;
  /** Address of the collector, for a bundle that does not come from it. */
  KM_COLLECTOR?: string;
  /** The collector is another implementation of the specification: send nothing that it does not know. */
  KM_PLAIN?: unknown;
  /** Exact cookie domain; empty or unset: the widest that the browser accepts. */
  KM_COOKIE_DOMAIN?: string;
}

/** The page's globals. Read through a function, since a module may be imported where there is no window. */
export function page(): PageGlobals {
  return window as unknown as PageGlobals;
}
