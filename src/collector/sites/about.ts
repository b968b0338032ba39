import type { About } from '../../protocol/api.js';
import { siteOf, type Config } from './config.js';

/** The answer of `/api/v1/about`: what is true of the collector, and of a site if a key is given. */
export function aboutSites(collector: About, config: Config): (key?: string) => About {
  return (key) => {
    if (key === undefined) return collector;
    const { timeZone, retention } = siteOf(config, key);
    return { ...collector, timeZone, ...(retention !== undefined && { retention }) };
  };
}
