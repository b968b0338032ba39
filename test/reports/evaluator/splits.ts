import { CUSTOMER_ID, type Attribution, type PropertySplit, type Range } from '../../../src/protocol/reports.js';
import { pageOf } from './pages.js';
import { compareTexts, isNamed, isWithin, unknown, valueIn } from './world.js';
import type { OwnHit, Person, World } from './world.js';

/** The value under which a hit of a person counts; null if there is none. Only the last touch uses `hit`. */
export function attributed(
  person: Person,
  hit: OwnHit,
  property: string,
  attribution: Attribution,
  range: Range,
  world: World,
): string | null {
  const carrying = person.hits.filter((one) => valueIn(one, property) !== undefined);
  const inRange = carrying.filter((one) => isWithin(one, range, world));
  const touches = {
    'first ever': carrying[0],
    'last ever': carrying.at(-1),
    'first in range': inRange[0],
    'last in range': inRange.at(-1),
    // The same second counts; an identity is that of the hit itself.
    'last touch': isNamed(property, CUSTOMER_ID) ? hit : carrying.findLast((one) => one.time <= hit.time),
  };
  if (!(attribution in touches)) return unknown(attribution as never);
  const touch = touches[attribution];
  return touch ? valueIn(touch, property)! : null;
}

/** Scheme, authority, and the rest. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]+)([^?#]*)/i;

export function transformed(value: string | null, transform: PropertySplit['transform']): string | null {
  if (value === null || transform === undefined) return value;
  if (transform === 'lower') return value.toLowerCase();
  if (transform === 'page') return pageOf(value);
  if (transform !== 'path' && transform !== 'domain') return unknown(transform);
  const url = URL_PARTS.exec(value);
  if (!url) return value;
  const [path, , authority] = url;
  if (transform === 'path') return path;
  const host = authority!.replace(/^.*@/s, '').replace(/:\d*$/, '').toLowerCase();
  return host.replace(/^www\./, '');
}

/** The items of each value. */
export function groupedBy<T>(items: T[], valueOf: (item: T) => string | null): Map<string | null, T[]> {
  const groups = new Map<string | null, T[]>();
  for (const item of items) {
    const value = valueOf(item);
    groups.set(value, [...(groups.get(value) ?? []), item]);
  }
  return groups;
}

/** The row without a value, then the 50 largest; the rest is everything that is in no row. */
export function rowsOf<T>(
  groups: Map<string | null, T[]>,
  totalOf: (items: T[]) => number | null,
): { rows: [string | null, T[]][]; rest: T[] | undefined } {
  const none = [...groups].filter(([value]) => value === null);
  const others = [...groups]
    .filter(([value]) => value !== null)
    .sort(([a, as], [b, bs]) => compareTotals(totalOf(as), totalOf(bs)) || compareTexts(a!, b!));
  const rest = others.slice(50).flatMap(([, items]) => items);
  return { rows: [...none, ...others.slice(0, 50)], rest: others.length > 50 ? rest : undefined };
}

/** Largest first; an average without values comes last. */
function compareTotals(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null ? -1 : b - a;
}
