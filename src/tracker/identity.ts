import { nanoid } from 'nanoid';
import { readCookie, removeCookie, writeCookie } from './page/cookies.js';

const ANONYMOUS = 'km_ai';
const NAMED = 'km_ni';

/** `KM.i()`: the named id, else the anonymous one, made on first need (reference section 1.3). */
export function currentId(): string {
  let id = readCookie(NAMED) || readCookie(ANONYMOUS);
  if (!id) writeCookie(ANONYMOUS, (id = nanoid()));
  return id;
}

/**
 * Makes a named person of this browser (reference section 3.3).
 * @returns the anonymous id that this name is to be tied to: the one case in which an alias is due.
 *   Never a name, or two people who share a browser would be merged for good.
 */
export function nameVisitor(id: string): string | undefined {
  const anonymous = readCookie(ANONYMOUS);
  const named = readCookie(NAMED);
  writeCookie(NAMED, id);
  if (named) {
    // The anonymous id belonged to whoever was named first: written over, it can never be tied to another.
    writeCookie(ANONYMOUS, id);
    return undefined;
  }
  // Written again to live as long as the name: left alone with it, it would be tied to the next one, too.
  if (anonymous) writeCookie(ANONYMOUS, anonymous);
  return anonymous;
}

/** Forgets a named person; the next need makes a new anonymous one. An anonymous visitor stays who they are. */
export function forgetVisitor(): void {
  if (!readCookie(NAMED)) return;
  removeCookie(NAMED);
  removeCookie(ANONYMOUS);
}

/** What pages push for “nobody”: every falsy value, and the words null and nil, also in quotes (reference 3.3). */
export function isNobody(id: unknown): boolean {
  return !id || /^(["']?)(null|nil|)\1$/.test(id as string);
}
