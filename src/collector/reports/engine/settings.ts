import type { Counting } from '../../store/store.js';

/** What reports go by of a site's settings. */
export interface SiteSettings {
  counting: Counting;
  /** IANA name. */
  timeZone: string;
  /** Hosts that are the site, with all below them. */
  domains: readonly string[];
}

/** The settings of all sites, as a process is told them. */
export interface AllSettings {
  sites: Record<string, SiteSettings>;
  /** Of every other site. */
  others: SiteSettings;
}

/** The settings of a site; own properties only, since a key may be any text. */
export function settingsIn({ sites, others }: AllSettings): (key: string) => SiteSettings {
  return (key) => (Object.hasOwn(sites, key) ? sites[key]! : others);
}
