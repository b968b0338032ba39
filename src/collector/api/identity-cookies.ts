import type { FastifyRequest } from 'fastify';
import { getDomain } from 'tldts';
import {
  AB_COOKIE,
  ANONYMOUS_COOKIE,
  CHOICE_COOKIE,
  CHOICE_COOKIE_DAYS,
  COOKIE_DAYS,
  NAMED_COOKIE,
} from '../../protocol/cookies.js';
import { DEFAULT_SITE, type Config, type SiteConfig } from '../sites/config.js';

const DAY_SECONDS = 86_400;

/** The cookies in which the tracker keeps identities (docs/privacy.md). */
const IDENTITY_COOKIES = [ANONYMOUS_COOKIE, NAMED_COOKIE, AB_COOKIE];
const IDENTITY_SECONDS = COOKIE_DAYS * DAY_SECONDS;

/** How long the choice `out` is kept. */
const CHOICE_SECONDS = CHOICE_COOKIE_DAYS * DAY_SECONDS;

/**
 * Whether a setting of a site restricts its cookies, or says where they are, if it is not the default. All settings are named, so
 * that the compiler asks about a new one.
 */
const RESTRICTS: Record<keyof SiteConfig, boolean> = {
  consent: true,
  cookieDomain: true,
  cookieless: true,
  doNotTrack: true,
  globalPrivacyControl: true,
  automatic: false,
  cleanUrl: false,
  counting: false,
  domains: false,
  formIdentity: false,
  ipAddress: false,
  library: false,
  origins: false,
  placeholders: false,
  retention: false,
  timeZone: false,
};

/** A longer value is not renewed. The longest identity has 255 characters, each of up to twelve characters in percent-encoding. */
const MOST_CHARACTERS = 3100;

/** https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 */
const OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * `Set-Cookie` lines that write the visitor's cookies again, as the tracker wrote them. Safari removes cookies of scripts after a
 * week, but not cookies of servers (https://github.com/rudderlabs/rudder-sdk-js/issues/946). Only cookies that the
 * browser has just sent are renewed, so that no deleted cookie returns.
 */
export function renewals(request: FastifyRequest, site: SiteConfig): string[] {
  const cookies = sentOnce(request.headers.cookie);
  if (!cookies.size || request.headers['sec-fetch-site'] === 'cross-site') return [];
  const scope = scopeOf(request, site);
  if (scope === undefined) return [];
  const line = (name: string, seconds: number, secure = scope.secure): string[] => {
    const value = cookies.get(name);
    if (!value || value.length > MOST_CHARACTERS || !OCTETS.test(value)) return [];
    return [`${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${scope.domain}${secure}`];
  };
  const choice = cookies.get(CHOICE_COOKIE);
  // It is no secret, and a refusal also holds for pages of the host without TLS.
  if (choice === 'out') return line(CHOICE_COOKIE, CHOICE_SECONDS, '');
  if (site.cookieless || !isPermitted(request, site, choice)) return [];
  return IDENTITY_COOKIES.flatMap((name) => line(name, IDENTITY_SECONDS));
}

/** Settings for a script that names no site. If one site of the collector restricts its cookies, no identity is renewed. */
export function unknownSite({ sites }: Config): SiteConfig {
  const restricting = (Object.keys(RESTRICTS) as (keyof SiteConfig)[]).filter((setting) => RESTRICTS[setting]);
  const restricts = (site: SiteConfig): boolean =>
    restricting.some((setting) => site[setting] !== DEFAULT_SITE[setting]);
  return { ...DEFAULT_SITE, cookieless: Object.values(sites).some(restricts) };
}

/**
 * Decides as the tracker does (tracker/page/rule.ts), but without the page's own globals, which only the tracker knows.
 * @param choice undefined without a cookie. A choice that is unknown, or came twice, permits nothing
 */
function isPermitted({ headers }: FastifyRequest, site: SiteConfig, choice: string | undefined): boolean {
  if (choice === 'in') return true;
  if ((site.globalPrivacyControl && headers['sec-gpc'] === '1') || (site.doNotTrack && headers.dnt === '1'))
    return false;
  return (choice ?? site.consent) === 'granted';
}

/** Attributes of a `Set-Cookie` line, each with its separator; empty if absent. */
interface Scope {
  domain: string;
  secure: string;
}

/**
 * `Domain` and `Secure` of the cookies. They must be the same as the tracker's, or there would be a second cookie of the same name:
 * the domain that the site sets, else the widest that browsers accept, and the scheme of the page. Undefined if not known.
 */
function scopeOf(request: FastifyRequest, { cookieDomain }: SiteConfig): Scope | undefined {
  const host = request.hostname.toLowerCase();
  const domain = cookieDomain ?? registrable(host);
  if (domain && host !== domain && !host.endsWith(`.${domain}`)) return undefined;

  const { referer } = request.headers;
  const page = referer && URL.canParse(referer) ? new URL(referer) : undefined;
  if (page && page.hostname !== host && (!domain || registrable(page.hostname) !== registrable(host))) return undefined;
  const scheme = page ? page.protocol : `${request.protocol}:`;
  // A page without TLS must neither read nor send what a page with TLS has written.
  if (request.protocol === 'https' && scheme !== 'https:') return undefined;
  return { domain: domain ? `; Domain=${domain}` : '', secure: scheme === 'https:' ? '; Secure' : '' };
}

/** `example.co.uk` of `www.example.co.uk` (https://publicsuffix.org/); empty for an address, one label or a public suffix. */
function registrable(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? '';
}

/** Cookies by name, empty if a name occurs twice: it is unknown which of the two the page sees. */
function sentOnce(header = ''): Map<string, string> {
  const once = new Map<string, string>();
  for (const pair of header.split(';')) {
    // Not by a regular expression: one that matches trailing spaces takes minutes for a megabyte of spaces.
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim();
    if (name !== CHOICE_COOKIE && !IDENTITY_COOKIES.includes(name)) continue;
    once.set(name, once.has(name) ? '' : pair.slice(equals + 1).trim());
  }
  return once;
}
