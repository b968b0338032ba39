import { ANONYMOUS_COOKIE, NAMED_COOKIE } from '../protocol/cookies.js';

export interface Visitor {
  /** The visitor's anonymous id. */
  anonymous: string | undefined;
  /** The name that a page gave with `identify`. */
  named: string | undefined;
}

/** The visitor of a request, by its `Cookie` header (RFC 6265, section 5.4). */
export function readVisitor(cookies: string | null | undefined): Visitor {
  return { anonymous: cookie(cookies, ANONYMOUS_COOKIE), named: cookie(cookies, NAMED_COOKIE) };
}

function cookie(cookies: unknown, name: string): string | undefined {
  if (typeof cookies !== 'string') return undefined;
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    try {
      return decodeURIComponent(value) || undefined;
    } catch {
      return value;
    }
  }
  return undefined;
}
