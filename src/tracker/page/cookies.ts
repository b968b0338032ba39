import Cookies from 'js-cookie';
import { setting } from './globals.js';

/** Five years, as the reference has it (section 4.1), in days. */
const LIFE = 1825;

/** Writes, for five years unless told, to the widest domain that takes cookies, so that all subdomains know the same person. */
export function writeCookie(name: string, value: string, days?: number): void {
  const all = domains();
  // A cookie on a narrower domain, where the original wrote them, would hide the new one from the page. The host
  // alone is left out: on an IP address, and on a public suffix such as github.io, it is where this one goes.
  for (const narrower of all.slice(1, -1)) put(name, '', narrower, -1);
  // Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
  // asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
  all.some((domain) => {
    put(name, value, domain, days);
    return readCookie(name) == value;
  });
}

/** Removes a cookie from every domain on which this page may have one. */
export function removeCookie(name: string): void {
  for (const domain of domains()) put(name, '', domain, -1);
}

/** The site's own choice, then from two labels up to this host, widest first; last undefined, the host alone. */
function domains(): (string | undefined)[] {
  const found: (string | undefined)[] = [undefined];
  // Upwards from the host; one label alone is a registry, or a machine such as localhost.
  for (let host = location.hostname; host.includes('.'); host = host.replace(/.*?\./, '')) found.unshift(host);
  const own = setting('KM_COOKIE_DOMAIN');
  return own ? [own, ...found] : found;
}

function put(name: string, value: string, domain: string | undefined, expires = LIFE): void {
  try {
    Cookies.set(name, value, { expires, domain, sameSite: 'Lax', secure: location.protocol == 'https:' });
  } catch {
    // A sandboxed frame has no cookies, and says so by throwing.
  }
}

export function readCookie(name: string): string | undefined {
  return (all() as Record<string, string>)[name];
}

export function cookieNames(): string[] {
  return Object.keys(all());
}

function all(): object {
  try {
    return Cookies.get();
  } catch {
    return {};
  }
}
