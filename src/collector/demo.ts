import type { CollectorOptions } from './options.js';
import { sharedFile } from './package-files.js';
import { readConfigFile } from './sites/config-file.js';
import { parseConfig, type Config } from './sites/config.js';

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

/**
 * The settings of all sites. If the demo shop is served, they include its settings, from a file beside its pages. The owner's
 * settings for that site override them.
 */
export function sitesConfig({ config = parseConfig({}), demo }: Pick<CollectorOptions, 'config' | 'demo'>): Config {
  if (!demo) return config;
  return { sites: { ...readConfigFile(sharedFile('demo/kmq.config.json')).sites, ...config.sites } };
}

/** The keys whose hits are accepted, with the demo shop's if it is served; null: every key. */
export function acceptedKeys({ keys = [], demo }: Pick<CollectorOptions, 'keys' | 'demo'>): string[] | null {
  if (!keys.length) return null;
  return [...new Set(demo ? [...keys, DEMO_KEY] : keys)];
}
