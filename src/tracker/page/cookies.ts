import Cookies from 'js-cookie';
import { COOKIE_DAYS } from '../../protocol/cookies.js';
import { setting } from './globals.js';

/** How long a page believes what it has read. */
const FRESH_MS = 1000;

/**
 * Cookies are kept by another process, and asking it costs more than all else that a command does. Another tab
 * may have signed the visitor out, so that nothing is believed for long.
 */
let jar: Record<string, string> = {};
let freshUntil = 0;

/** The domain that this page's cookies go to, once the browser has taken one there; empty for the host alone. */
let accepted: string | undefined;

/** Writes, for five years unless told, to the widest domain that takes cookies, so that all subdomains know the same person. */
export function writeCookie(name: string, value: string, days?: number): void {
  const before = readCookie(name);
  // A cookie on a narrower domain, where the original wrote them, would hide the new one from the page. The host
  // alone is left out: on an IP address, and on a public suffix such as github.io, it is where this one goes.
  if (before && before != value) for (const narrower of domains().slice(1, -1)) put(name, '', narrower, -1);
  if (accepted != undefined) {
    put(name, value, accepted, days);
    jar[name] = value;
    return;
  }
  // The same again would tell nothing of where it went.
  if (before == value) removeCookie(name);
  // Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
  // asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
  accepted = domains().find((domain) => {
    put(name, value, domain, days);
    forgetCookies();
    return readCookie(name) == value;
  });
}

/** Removes a cookie from every domain on which this page may have one. */
export function removeCookie(name: string): void {
  for (const domain of domains()) put(name, '', domain, -1);
  forgetCookies();
}

/** The site's own choice, then from two labels up to this host, widest first; last the empty one, the host alone. */
function domains(): string[] {
  const found = [''];
  // Upwards from the host; one label alone is a registry, or a machine such as localhost.
  for (let host = location.hostname; host.includes('.'); host = host.replace(/.*?\./, '')) found.unshift(host);
  const own = setting('KM_COOKIE_DOMAIN');
  if (own) found.unshift(own);
  return found;
}

function put(name: string, value: string, domain: string, expires = COOKIE_DAYS): void {
  try {
    Cookies.set(name, value, { expires, domain, sameSite: 'Lax', secure: location.protocol == 'https:' });
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
  freshUntil = 0;
}

function cookies(): Record<string, string> {
  if (performance.now() > freshUntil) {
    freshUntil = performance.now() + FRESH_MS;
    jar = {};
    try {
      jar = Cookies.get();
    } catch {
      // As above.
    }
  }
  return jar;
}
