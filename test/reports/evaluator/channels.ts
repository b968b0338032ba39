import { GCLID, MEDIA, SEARCH_ENGINES, SOCIAL_SITES } from '../../../src/collector/reports/questions/channels.js';
import { transformed } from './splits.js';
import { valueIn } from './world.js';
import type { OwnHit } from './world.js';

/** Where a visit came from. */
export function channelOf(visit: OwnHit[]): string {
  const medium = firstValue(visit, 'Campaign Medium') ?? firstValue(visit, 'utm_medium');
  if (medium) {
    const known = Object.entries(MEDIA).find(([, media]) => media.includes(medium.toLowerCase()));
    return known?.[0] ?? medium;
  }
  if (visit.some((hit) => valueIn(hit, 'gclid') || new RegExp(GCLID).test(addressOf(hit) ?? ''))) return 'Paid';
  const domain = referringDomain(visit) ?? '';
  if (firstValue(visit, 'Search Engine') || new RegExp(SEARCH_ENGINES).test(domain)) return 'Organic';
  if (new RegExp(SOCIAL_SITES).test(domain)) return 'Social';
  return domain === '' ? 'Direct' : 'Referral';
}

/** The domain that led to a visit; null if it was none. A site does not refer to itself. */
export function referringDomain(visit: OwnHit[]): string | null {
  const referrers = visit.flatMap((hit) => {
    const referrer = valueIn(hit, 'Referrer');
    const address = addressOf(hit);
    const isOwn = Boolean(referrer && address && hostOf(referrer)) && hostOf(referrer!) === hostOf(address!);
    return referrer === undefined || isOwn ? [] : [referrer];
  });
  const [first = 'Direct'] = referrers;
  return first === 'Direct' || first === '' ? null : domainOf(first);
}

const domainOf = (url: string): string => transformed(url, 'domain')!;

/** As browsers write addresses. */
const hostOf = (url: string): string | undefined => url.toLowerCase().replaceAll('//www.', '//').split('/')[2];

function addressOf(hit: OwnHit): string | undefined {
  return valueIn(hit, 'URL') ?? valueIn(hit, 'Viewed URL');
}

function firstValue(hits: OwnHit[], property: string): string | undefined {
  return hits.map((hit) => valueIn(hit, property)).find((value) => value !== undefined);
}
