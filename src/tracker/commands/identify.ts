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
  // A second name: the anonymous id belongs to the first. The name takes its place, so that nobody else is tied to it.
  // A first name: the id is written again, to live as long as the name. An id that outlived the name would be tied to the next.
  if (named || anonymous) keep(ANONYMOUS_COOKIE, named ? name : anonymous!);
  // The one case in which an alias is due. Never of a name, or two people who share a browser would be merged for good.
  if (!named) alias(name, anonymous);
}

/** `clearIdentity()`: the next need makes a new anonymous person. An anonymous visitor stays who they are. */
export function clearIdentity(): void {
  forgetCookies();
  if (!recall(NAMED_COOKIE)) return;
  keep(NAMED_COOKIE, '');
  keep(ANONYMOUS_COOKIE, '');
}
