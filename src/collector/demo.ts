import type { CollectorOptions } from './options.js';
import { sharedFile } from './package-files.js';
import { readConfigFile } from './sites/config-file.js';
import { parseConfig, type Config } from './sites/config.js';

/** The key of the demo shop's site. */
export const DEMO_KEY = 'demo';

/**
 * The settings of all sites, the demo shop's among them where it is served: they lie beside its pages. An owner who gives
 * that site others has the last word.
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
