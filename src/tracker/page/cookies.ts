import Cookies from 'js-cookie';
import { CHOICE_COOKIE, COOKIE_DAYS } from '../../protocol/cookies.js';
import { setting } from './globals.js';
import { storageFor } from './rule.js';

/** How long a page believes what it has read. */
const FRESH_MS = 1000;
const DAY_SECONDS = 86_400;

/**
 * Cookies are kept by another process, and asking it costs more than all else that a command does. Another tab
 * may have signed the visitor out, so that nothing is believed for long.
 */
let jar: Record<string, string> = {};
let readMs = 0;

/** Whether the browser is asked for what was written in clear text. */
let isVerifying = false;

/** The domain that this page's cookies go to, empty for the host alone; false where the browser takes none. */
let accepted: string | false | undefined;

/**
 * Writes, for five years unless told, to the widest domain that takes cookies, so that all subdomains know the same person.
 * @returns false where the browser does not take it; undefined where that is not known yet
 */
export function writeCookie(name: string, value: string, days?: number): boolean | undefined {
  const before = readCookie(name);
  const domain = widestDomain();
  if (domain === false) return false;
  // A cookie on a narrower domain, where the original wrote them, or on the host alone, where pages do, would hide the
  // new one from the page.
  if (before && before != value) for (const other of domains()) if (other != domain) put(name, '', other, -1);
  put(name, value, domain, days);
  jar[name] = value;
  // In clear text nobody sees or replaces what a page over TLS has written under this name.
  if (!before && !isSecure()) {
    if (!isVerifying) return undefined;
    forgetCookies();
  }
  return readCookie(name) == value;
}

/** From now on each write in clear text is looked at: the start of a page should not wait for that. */
export function verifyCookies(): void {
  isVerifying = true;
  if (!isSecure()) forgetCookies();
}

/** Removes a cookie from every domain on which this page may have one. */
export function removeCookie(name: string): void {
  for (const domain of domains()) put(name, '', domain, -1);
  forgetCookies();
}

/**
 * Whether the browser is known to take cookies here. It does where it has the visitor's answer; else it is asked, if
 * anything may be stored of somebody who has said nothing.
 */
export function takesCookies(): boolean {
  return typeof (accepted ?? (readCookie(CHOICE_COOKIE) || (storageFor('') && widestDomain()))) == 'string';
}

/**
 * Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
 * asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
 */
function widestDomain(): string | false {
  if (accepted == undefined) {
    // A name of this page's own: other tabs may be asking as well.
    const name = 'km_' + Math.random();
    accepted =
      domains().find((domain) => {
        put(name, '1', domain, 1);
        forgetCookies();
        return readCookie(name);
      }) ?? false;
    put(name, '', accepted || '', -1);
  }
  return accepted;
}

/** The site's own choice, then from two labels up to this host, widest first; last the empty one, the host alone. */
function domains(): string[] {
  const found = [''];
  // Upwards from the host; one label alone is a registry, or a machine such as localhost.
  for (let host = home().split(/[/:]+/)[1] || ''; host.includes('.'); host = host.replace(/.*?\./, ''))
    found.unshift(host);
  const own = setting('KM_COOKIE_DOMAIN', String);
  if (own) found.unshift(own);
  return found;
}

/** Frames without an address of their own, such as those of `srcdoc`, have the cookies of the page around them. */
const home = (): string => (location.host ? location.origin : origin);

const isSecure = (): boolean => home().startsWith('https');

/**
 * With an age and not a date: by a wrong clock that could be a date in the past. The choice is not `Secure`: it is no secret,
 * and a refusal over TLS holds for pages in clear text, too.
 */
function put(name: string, value: string, domain: string, days = COOKIE_DAYS): void {
  // js-cookie writes what the page has added to every object as well, unless an empty one hides it.
  const hidden: Record<string, string> = {};
  for (const inherited in hidden) hidden[inherited] = '';
  const secure = isSecure() && name != CHOICE_COOKIE;
  try {
    Cookies.set(name, value, { ...hidden, 'max-age': `${days * DAY_SECONDS}`, domain, samesite: 'lax', secure });
  } catch {
    // A sandboxed frame has no cookies, and says so by throwing.
  }
}

export function readCookie(name: string): string | undefined {
  return cookies()[name];
}

export function cookieNames(): string[] {
  return Object.keys(cookies());
}

/** Before what must not be about someone else: the next look is at what there is. */
export function forgetCookies(): void {
  readMs = 0;
}

function cookies(): Record<string, string> {
  // So written that a clock which jumps, in either direction, or gives no number makes it read again.
  if (!(Math.abs(Date.now() - readMs) < FRESH_MS)) {
    readMs = Date.now();
    jar = {};
    try {
      jar = Cookies.get();
    } catch {
      // As above.
    }
  }
  return jar;
}
