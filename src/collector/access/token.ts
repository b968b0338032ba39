import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto';

/** How long a login lasts, and the cookie of its session: two weeks. */
export const SESSION_SECONDS = 14 * 86_400;

/** A valid token: text that a header can contain, and long enough that it cannot be guessed. */
export const TOKEN = /^[\x21-\x7e]{16,}$/;

/** Enough to give two tokens of an owner different names, and too few to help somebody who sees the name to find the token. */
const COOKIE_CHARACTERS = 8;

/** The owner's token, and the sessions that are opened with it. */
export interface Access {
  isToken(text: string): boolean;
  /**
   * The end of the name of the cookie. Browsers keep the cookies of a host whatever the port and the path, so two collectors on one host would
   * overwrite each other's session if both used the same name (https://www.rfc-editor.org/rfc/rfc6265#section-8.5). Collectors with the same
   * token have the same name, and accept each other's sessions.
   */
  cookie: string;
  /** The value of a session's cookie. @param now Unix seconds */
  open(now: number): string;
  isOpen(session: string | undefined, now: number): boolean;
}

/**
 * A session is the time at which it ends, signed with a key that is derived from the token. So no process stores sessions: they
 * survive a restart, several processes accept the same ones, and a new token ends all of them. The derivation is slow, so that
 * somebody with a cookie cannot find a short token by trying.
 * @throws Error for a token that could be guessed, or could not be sent in a header
 */
export function accessBy(token: string): Access {
  if (!TOKEN.test(token)) {
    throw new Error(
      'The token has to be 16 ASCII characters or more, without spaces: `openssl rand -hex 24` makes a good one.',
    );
  }
  const key = scryptSync(token, 'kmq session', 32);
  const expected = digest(token);
  const sign = (end: string): string => createHmac('sha256', key).update(end).digest('base64url');
  return {
    cookie: sign('cookie').slice(0, COOKIE_CHARACTERS),
    isToken: (text) => timingSafeEqual(digest(text), expected),
    open(now) {
      const end = String(now + SESSION_SECONDS);
      return `${end}.${sign(end)}`;
    },
    isOpen(session, now) {
      const [, end, signature] = /^(\d{1,12})\.([\w-]{43})$/.exec(session ?? '') ?? [];
      if (!end || !signature || !timingSafeEqual(Buffer.from(signature), Buffer.from(sign(end)))) return false;
      return Number(end) > now;
    },
  };
}

/** A hash of constant length, as `timingSafeEqual` needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
