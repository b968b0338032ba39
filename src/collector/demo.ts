import type { CollectorOptions } from './options.js';
import { sharedFile } from './package-files.js';
import { readConfigFile } from './sites/config-file.js';
import { parseConfig, type Config } from './sites/config.js';

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

/**
 * The settings of all sites. If the demo shop is served, they include its settings, which are in a file beside its pages; an owner's settings
 * for that site win.
 */
export function sitesConfig({ config = parseConfig({}), demo }: Pick<CollectorOptions, 'config' | 'demo'>): Config {
  if (!demo) return config;
  return { sites: { ...readConfigFile(sharedFile('demo/kmq.config.json')).sites, ...config.sites } };
}

/** The keys whose hits are taken, the demo shop's among them where it is served; null: any. */
export function acceptedKeys({ keys = [], demo }: Pick<CollectorOptions, 'keys' | 'demo'>): string[] | null {
  if (!keys.length) return null;
  return [...new Set(demo ? [...keys, DEMO_KEY] : keys)];
}
