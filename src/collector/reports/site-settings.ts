import type { Counting } from '../store/store.js';

/** The settings of a site that reports use. */
export interface SiteSettings {
  counting: Counting;
  /** IANA name. */
  timeZone: string;
  /** Hosts of the site, which include their subdomains. */
  domains: readonly string[];
}

/** The settings of all sites, as they are sent to the process. */
export interface AllSettings {
  sites: Record<string, SiteSettings>;
  /** The settings of every other site. */
  others: SiteSettings;
}

/** The settings of a site. Only own properties are read, since a key may be any text. */
export function settingsIn({ sites, others }: AllSettings): (key: string) => SiteSettings {
  return (key) => (Object.hasOwn(sites, key) ? sites[key]! : others);
}
