import { record } from '../commands/record.js';
import { hostOf, parametersOf, referrer } from '../page/address.js';

/**
 * Search engines by the begin of their host, which they keep under every country's domain; at most two letters
 * and `www.`, which `hostOf` has taken away, stand before it. Portals and mail of the same companies are none.
 */
const ENGINES = 'Google Bing DuckDuckGo Ecosia Yandex Baidu Ask search.Yahoo search.AOL search.Brave search.Naver';

/** What the engines call the terms in their addresses. */
const TERMS = ['q', 'p', 'query', 'wd', 'text'];

interface SearchHit {
  'Search Engine': string;
  'Search Terms': string;
}

/**
 * The search that led here, if one did. Nearly all engines keep the terms to themselves by now: then they
 * are `Not Provided`, as in later versions of the original (docs/reference.md#5.5).
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
