import { record } from '../commands/record.js';
import { hostOf, parametersOf, referrer } from '../page/address.js';

/**
 * Search engines by the beginning of their host, which is the same in every country. At most two letters stand before it, and
 * `www.`, which `hostOf` removes. Portals and mail of the same companies are not search engines.
 */
const ENGINES = 'Google Bing DuckDuckGo Ecosia Yandex Baidu Ask search.Yahoo search.AOL search.Brave search.Naver';

/** Parameters of their URLs that contain the search terms. */
const TERMS = ['q', 'p', 'query', 'wd', 'text'];

interface SearchHit {
  'Search Engine': string;
  'Search Terms': string;
}

/**
 * The search that led to this page, if there was one. Nearly all engines hide the terms today: the property is then
 * `Not Provided`, as in later versions of the original (docs/reference.md#5.5).
 */
export function searchHit(): SearchHit | '' | undefined {
  const host = hostOf();
  const parameters = parametersOf(referrer());
  const engine = ENGINES.split(' ').find((name) => RegExp(`^(..?\\.)?${name}\\.`, 'i').test(host));
  return (
    engine && {
      'Search Engine': engine.replace('search.', ''),
      'Search Terms': TERMS.map((term) => parameters.get(term)).find(Boolean) || 'Not Provided',
    }
  );
}

/** `Search Engine Hit`; a click on an advertisement there is an `Ad Campaign Hit` instead. */
export function searchEngine(): void {
  const hit = searchHit();
  if (hit && !parametersOf().get('gclid')) record('Search Engine Hit', hit);
}
