import Cookies from 'js-cookie';
import { page } from './globals.js';

/** Five years, as the reference has it (section 4.1), in days. */
const LIFE = 1825;

/** What the browser would not store, so that one page view is one person all the same (reference 4.2). */
const memory: Record<string, string> = {};

let widest: string | undefined;
let probed = false;

export function readCookie(name: string): string | undefined {
  return stored(name) || memory[name];
}

/** Writes to the widest domain that takes cookies, so that all subdomains know the same person. */
export function writeCookie(name: string, value: string): void {
  const domain = page().KM_COOKIE_DOMAIN || widestDomain();
  put(name, value, domain);
  // A cookie on a narrower domain, where the original wrote them, would hide this one from the page. The host
  // alone is left out: on an IP address, and on a public suffix such as github.io, it is where this one went.
  const at = domains().indexOf(domain);
  if (at >= 0) for (const narrower of domains().slice(at + 1, -1)) put(name, '', narrower, -1);
  if (stored(name) == value) delete memory[name];
  else memory[name] = value;
}

/** Removes a cookie from every domain on which this page may have one. */
export function removeCookie(name: string): void {
  delete memory[name];
  for (const domain of [page().KM_COOKIE_DOMAIN, ...domains()]) put(name, '', domain, -1);
}

/** From two labels up to this host, widest first; last undefined, which is the host alone. */
function domains(): (string | undefined)[] {
  const labels = location.hostname.split('.');
  const found: (string | undefined)[] = [undefined];
  // Upwards from the host; one label alone is a registry, or a machine such as localhost.
  for (let index = 0; index < labels.length - 1; index++) found.unshift(labels.slice(index).join('.'));
  return found;
}

/**
 * Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
 * asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
 */
function widestDomain(): string | undefined {
  if (!probed) {
    probed = true;
    widest = domains().find((domain) => {
      put('km_d', '1', domain);
      const taken = stored('km_d');
      put('km_d', '', domain, -1);
      return taken;
    });
  }
  return widest;
}

function put(name: string, value: string, domain: string | undefined, expires = LIFE): void {
  try {
    Cookies.set(name, value, { expires, domain, sameSite: 'Lax', secure: location.protocol == 'https:' });
  } catch {
    // A sandboxed frame has no cookies, and says so by throwing.
  }
}

function stored(name: string): string | undefined {
  try {
    return Cookies.get(name);
  } catch {
    return undefined;
  }
}
