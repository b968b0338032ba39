import { record } from '../commands/record.js';
import { currentUrl, parametersOf } from '../page/address.js';
import { setting } from '../page/globals.js';
import { searchHit } from './search-engine.js';

/** Parameters of tagged links, and the property of each. */
const PROPERTIES: Record<string, string> = {
  source: 'Source',
  medium: 'Medium',
  campaign: 'Name',
  term: 'Terms',
  content: 'Content',
};

/**
 * `Ad Campaign Hit`, for a link tagged with utm parameters or with Google's `gclid` (docs/reference.md#5.4).
 * A link with both is one event.
 */
export function campaign(): void {
  const parameters = parametersOf();
  const hit: Record<string, string> = {};
  if (!setting('KM_SKIP_UTM')) {
    for (const [name, property] of Object.entries(PROPERTIES)) {
      const value = parameters.get('utm_' + name);
      if (value) hit['Campaign ' + property] = value;
    }
  }
  const paid = parameters.get('gclid') && !setting('KM_SKIP_SEARCH_ENGINE');
  if (paid || Object.keys(hit).length)
    record('Ad Campaign Hit', { ...hit, ...(paid && searchHit()), URL: currentUrl() });
}
