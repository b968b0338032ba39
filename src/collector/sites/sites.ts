import type { PlaceholderSet } from '../../protocol/placeholders.js';
import { allowsOrigin, placeholdersOf, siteOf, type Config } from './config.js';

/** The questions to the sites' settings that every hit needs. */
export interface Sites {
  /** Whether hits of a site are accepted. */
  accepts(key: string): boolean;
  /** Whether the site accepts hits from pages of an origin; undefined for a sender that names none. */
  allows(key: string, origin: string | undefined): boolean;
  /** Whether its hits get the client's address as a property. */
  wantsAddress(key: string): boolean;
  /** Identities that are placeholders, folded. */
  placeholders(key: string): PlaceholderSet;
}

/** @param keys the keys whose hits are accepted; null: every key */
export function sitesOf(config: Config, keys: readonly string[] | null): Sites {
  const accepted = keys && new Set(keys);
  return {
    accepts: (key) => !accepted || accepted.has(key),
    allows: (key, origin) => allowsOrigin(siteOf(config, key), origin),
    wantsAddress: (key) => siteOf(config, key).ipAddress,
    placeholders: placeholdersOf(config),
  };
}
