import Cookies from 'js-cookie';
import { CHOICE_COOKIE, COOKIE_DAYS } from '../../protocol/cookies.js';
import { setting } from './globals.js';
import { storageFor } from './rule.js';

/** How long cookies that were read are used before they are read again. */
const FRESH_MS = 1000;
const DAY_SECONDS = 86_400;

/**
 * The cookies as last read. The browser reads them from another process, which costs more than everything else that a command does.
 * Another tab may have signed the visitor out, so they are not used for long.
 */
let jar: Record<string, string> = {};
let readMs = 0;

/** Whether a new cookie is read back after it was written on an http page. */
let isVerifying = false;

/** The domain of this page's cookies; empty for the host alone; false if the browser accepts none. */
let accepted: string | false | undefined;

/**
 * Writes a cookie, for five years by default, to the widest domain that the browser accepts, so that all subdomains know the same
 * person.
 * @returns false if the browser does not accept it; undefined if that is not known yet
 */
export function writeCookie(name: string, value: string, days?: number): boolean | undefined {
  const before = readCookie(name);
  const domain = widestDomain();
  if (domain === false) return false;
  // A cookie of the same name on a narrower domain would hide the new one. The original wrote such cookies, and pages write some
  // on the host alone.
  if (before && before != value) for (const other of domains()) if (other != domain) put(name, '', other, -1);
  put(name, value, domain, days);
  jar[name] = value;
  // An http page can neither see nor replace a cookie that an https page has written under this name.
  if (!before && !isSecure()) {
    if (!isVerifying) return undefined;
    forgetCookies();
  }
  return readCookie(name) == value;
}

/** From now on each new cookie on an http page is read back. Not earlier, since that would delay the start of the page. */
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
 * Whether the browser is known to accept cookies here. It is, if there is a cookie with the visitor's choice. If not, the browser
 * is asked, unless nothing may be stored before the visitor has answered.
 */
export function takesCookies(): boolean {
  return typeof (accepted ?? (readCookie(CHOICE_COOKIE) || (storageFor('') && widestDomain()))) == 'string';
}

/**
 * Only the browser knows which domains are public suffixes (`co.uk`, `github.io`): a cookie is written to find out.
 * Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
 */
function widestDomain(): string | false {
  if (accepted == undefined) {
    // A random name, since other tabs may do this at the same time.
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

/** The domains to try in order: the site's own setting, then two labels and more up to this host, then the host alone (empty). */
function domains(): string[] {
  const found = [''];
  // From the host to wider domains. A single label is a top-level domain, or a machine such as localhost.
  for (let host = home().split(/[/:]+/)[1] || ''; host.includes('.'); host = host.replace(/.*?\./, ''))
    found.unshift(host);
  const own = setting('KM_COOKIE_DOMAIN', String);
  if (own) found.unshift(own);
  return found;
}

/** Frames without a URL, such as those with `srcdoc`, have the cookies of the page around them. */
const home = (): string => (location.host ? location.origin : origin);

const isSecure = (): boolean => home().startsWith('https');

/**
 * With `max-age` and not a date: with a wrong clock, a date could be in the past. The cookie with the choice is not `Secure`: it is
 * no secret, and a refusal on an https page must count on http pages too.
 */
function put(name: string, value: string, domain: string, days = COOKIE_DAYS): void {
  // js-cookie would also write what the page has added to Object.prototype, unless an empty member hides it.
  const hidden: Record<string, string> = {};
  for (const inherited in hidden) hidden[inherited] = '';
  const secure = isSecure() && name != CHOICE_COOKIE;
  try {
    Cookies.set(name, value, { ...hidden, 'max-age': `${days * DAY_SECONDS}`, domain, samesite: 'lax', secure });
  } catch {
    // In a sandboxed frame, access to cookies throws.
  }
}

export function readCookie(name: string): string | undefined {
  return cookies()[name];
}

export function cookieNames(): string[] {
  return Object.keys(cookies());
}

/** Makes the next call read the cookies again: for commands that must not use the identity of someone who signed out. */
export function forgetCookies(): void {
  readMs = 0;
}

function cookies(): Record<string, string> {
  // Written so that cookies are read again if the clock jumps in either direction, or gives no number.
  if (!(Math.abs(Date.now() - readMs) < FRESH_MS)) {
    readMs = Date.now();
    jar = {};
    try {
      jar = Cookies.get();
    } catch {
      // In a sandboxed frame.
    }
  }
  return jar;
}
