import type { PlaceholderSet } from '../../protocol/placeholders.js';
import { allowsOrigin, placeholdersOf, siteOf, type Config } from './config.js';

/** What is asked of the sites' settings with every hit. */
export interface Sites {
  /** Whether hits of a site are taken. */
  accepts(key: string): boolean;
  /** Whether the site takes hits from pages of an origin, undefined for a sender that names none. */
  allows(key: string, origin: string | undefined): boolean;
  /** Whether its hits get the address of who sent them. */
  wantsAddress(key: string): boolean;
  /** Identities that are nobody's, folded. */
  placeholders(key: string): PlaceholderSet;
}

/** @param keys whose hits are taken; null: any */
export function sitesOf(config: Config, keys: readonly string[] | null): Sites {
  const accepted = keys && new Set(keys);
  return {
    accepts: (key) => !accepted || accepted.has(key),
    allows: (key, origin) => allowsOrigin(siteOf(config, key), origin),
    wantsAddress: (key) => siteOf(config, key).ipAddress,
    placeholders: placeholdersOf(config),
  };
}
