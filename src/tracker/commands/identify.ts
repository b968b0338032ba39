import { ANONYMOUS_COOKIE, NAMED_COOKIE } from '../../protocol/cookies.js';
import { isNobody } from '../identity.js';
import { forgetCookies } from '../page/cookies.js';
import { keep, recall } from '../page/storage.js';
import { alias } from './alias.js';

/**
 * `identify(id)`: names this visitor, and ties what they did anonymously to the name (docs/reference.md#3.3).
 * An id that means nobody is `clearIdentity()`.
 * @throws TypeError for an object
 */
export function identify(id: unknown): void {
  if (isNobody(id)) return clearIdentity();
  forgetCookies();
  const name = String(id);
  const named = recall(NAMED_COOKIE);
  const anonymous = recall(ANONYMOUS_COOKIE);
  keep(NAMED_COOKIE, name);
  // If the visitor had another name, the new name also replaces the anonymous id: that id belongs to the first person, and must not be
  // tied to another one. If this is the first name, the anonymous id is stored again, so that both expire at the same time: if the name
  // expired earlier, the anonymous id would be tied to the next name as well.
  if (named || anonymous) keep(ANONYMOUS_COOKIE, named ? name : anonymous!);
  // Only an anonymous id gets an alias, never a name: two people who share a browser would be merged for good.
  if (!named) alias(name, anonymous);
}

/** `clearIdentity()`: the next hit after it is of a new anonymous person. Changes nothing for a visitor without a name. */
export function clearIdentity(): void {
  forgetCookies();
  if (!recall(NAMED_COOKIE)) return;
  keep(NAMED_COOKIE, '');
  keep(ANONYMOUS_COOKIE, '');
}
