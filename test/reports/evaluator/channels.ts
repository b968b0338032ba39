import { transformed } from './splits.js';
import { valueIn } from './world.js';
import type { OwnHit, World } from './world.js';

const MEDIA: Record<string, string> = {
  ...{ cpc: 'Paid', cpm: 'Paid', display: 'Paid', cpv: 'Paid', cpa: 'Paid', cpp: 'Paid', ppc: 'Paid' },
  ...{ email: 'Email', 'e-mail': 'Email', organic: 'Organic', search: 'Organic' },
  ...{ social: 'Social', 'social-network': 'Social', 'social-media': 'Social', sm: 'Social' },
  ...{ 'social network': 'Social', 'social media': 'Social' },
};

/** The hosts of search engines begin with these, perhaps after a country; and the apps of search engines. */
const ENGINES = ['google', 'bing', 'duckduckgo', 'ecosia', 'yandex', 'baidu', 'ask'];
const ENGINES_OF_PORTALS = ['search.yahoo', 'search.aol', 'search.brave', 'search.naver'];
const ENGINE_APP = 'com.google.android.googlequicksearchbox';

const SOCIAL = [
  ...[
    'bsky.app',
    'discord.com',
    'facebook.com',
    'fb.me',
    'instagram.com',
    'linkedin.com',
    'lnkd.in',
    'mastodon.social',
  ],
  ...[
    'messenger.com',
    'news.ycombinator.com',
    'ok.ru',
    'pin.it',
    'quora.com',
    'reddit.com',
    'snapchat.com',
    't.co',
    't.me',
  ],
  ...['telegram.org', 'threads.com', 'threads.net', 'tiktok.com', 'tumblr.com', 'twitter.com', 'vk.com', 'weibo.cn'],
  ...['weibo.com', 'whatsapp.com', 'x.com', 'xing.com', 'youtu.be', 'youtube.com'],
];
/** Under the domain of any country. */
const PINTEREST = /(^|\.)pinterest(\.co)?\.[a-z]+$/;
const SOCIAL_APPS = ['facebook', 'instagram', 'linkedin', 'pinterest', 'reddit', 'twitter'];

export const OWN_CHANNELS = ['Paid', 'Email', 'Organic', 'Social', 'Referral', 'Direct'];

/** The source of a visit. */
export function channelOf(visit: OwnHit[], world: World): string {
  const medium = firstValue(visit, 'Campaign Medium') ?? firstValue(visit, 'utm_medium');
  if (medium) return MEDIA[medium.toLowerCase()] ?? medium;
  if (visit.some(isClick)) return 'Paid';
  const domain = referringDomain(visit, world);
  if (firstValue(visit, 'Search Engine')) return 'Organic';
  if (domain === null) return 'Direct';
  if (isEngine(domain)) return 'Organic';
  return isSocial(domain) ? 'Social' : 'Referral';
}

/** The domain from which a visit came; null if there was none. A link within the site does not count. */
export function referringDomain(visit: OwnHit[], { domains = [] }: World): string | null {
  for (const hit of visit) {
    const referrer = valueIn(hit, 'Referrer');
    if (referrer === undefined) continue;
    const address = addressOf(hit);
    if (domains.some((own) => `.${domainOf(referrer)}`.endsWith(`.${own.replace(/^www\./, '')}`))) continue;
    if (address !== undefined && domainOf(referrer) === domainOf(address)) continue;
    return referrer === 'Direct' || referrer === '' ? null : domainOf(referrer);
  }
  return null;
}

/** Whether a visit came from an advertisement of Google, which adds one of these parameters to the URL. */
function isClick(hit: OwnHit): boolean {
  if (valueIn(hit, 'gclid')) return true;
  const [address] = (addressOf(hit) ?? '').split('#');
  return address!
    .split(/[?&]/)
    .slice(1)
    .some((one) => ['gclid', 'gbraid', 'wbraid'].some((name) => one.startsWith(`${name}=`) && one !== `${name}=`));
}

function isEngine(domain: string): boolean {
  if (domain === ENGINE_APP) return true;
  return [...ENGINES, ...ENGINES_OF_PORTALS].some((engine) => {
    const [country, ...rest] = domain.split('.');
    const without = [1, 2].includes([...country!].length) ? rest.join('.') : undefined;
    return domain.startsWith(`${engine}.`) || without?.startsWith(`${engine}.`);
  });
}

function isSocial(domain: string): boolean {
  if (PINTEREST.test(domain)) return true;
  if (SOCIAL_APPS.some((app) => domain.startsWith(`com.${app}.`))) return true;
  return SOCIAL.some((site) => domain === site || domain.endsWith(`.${site}`));
}

const domainOf = (url: string): string => transformed(url, 'domain')!;

const addressOf = (hit: OwnHit): string | undefined => valueIn(hit, 'URL') ?? valueIn(hit, 'Viewed URL');

function firstValue(hits: OwnHit[], property: string): string | undefined {
  return hits.map((hit) => valueIn(hit, property)).find((value) => value !== undefined);
}
