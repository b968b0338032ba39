import { transformed } from './splits.js';
import { valueIn } from './world.js';
import type { OwnHit } from './world.js';

const MEDIA: Record<string, string[]> = {
  Paid: ['cpc', 'cpm', 'display', 'cpv', 'cpa', 'cpp', 'ppc'],
  Email: ['email', 'e-mail'],
  Organic: ['organic', 'search'],
  Social: ['social', 'social-network', 'social-media', 'sm', 'social network', 'social media'],
};
const SOCIAL = ['facebook.com', 'twitter.com', 'linkedin.com'];

/** Where a visit came from. */
export function channelOf(visit: OwnHit[]): string {
  const medium = firstValue(visit, 'Campaign Medium') ?? firstValue(visit, 'utm_medium');
  if (medium) {
    const known = Object.entries(MEDIA).find(([, media]) => media.includes(medium.toLowerCase()));
    return known?.[0] ?? medium;
  }
  if (firstValue(visit, 'gclid')) return 'Paid';
  if (firstValue(visit, 'Search Engine')) return 'Organic';
  const referrer = firstValue(visit, 'Referrer');
  if (!referrer || referrer === 'Direct') return 'Direct';
  return SOCIAL.includes(transformed(referrer, 'domain')!) ? 'Social' : 'Referral';
}

export function firstValue(hits: OwnHit[], property: string): string | undefined {
  return hits.map((hit) => valueIn(hit, property)).find((value) => value !== undefined);
}
