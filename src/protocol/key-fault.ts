import { NAME_CHARACTERS } from './limits.js';
import { isLongName } from './text.js';

/**
 * Why a text cannot be the key of a site; undefined if it can. Either every hit with this key would be refused, or the script whose
 * name is made of this key would not be the tracker of this site: see `loadedFrom` of the tracker.
 */
export function keyFault(key: string): string | undefined {
  if (isLongName(key)) return `it is longer than ${NAME_CHARACTERS} characters`;
  // Not `isWellFormed`: a page calls this as well, also in Safari before 16.4.
  if (/[\ud800-\udfff]/u.test(key)) return 'it contains half of a surrogate pair';
  if (key === 'kmq') return '/kmq.js is the tracker without a key';
  if (key === 'i') return '/i.js is a script of the snippet of KISSmetrics';
  const [, other] = /^(.+)\.\d+$/s.exec(key) ?? [];
  return other === undefined ? undefined : `/${key}.js is the tracker of the site “${other}”`;
}
