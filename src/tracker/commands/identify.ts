import { forgetVisitor, isNobody, nameVisitor } from '../identity.js';
import { alias } from './alias.js';

/**
 * `identify(id)`: names this visitor, and ties what they did anonymously to the name (reference section 3.3).
 * An id that means nobody is `clearIdentity()`.
 * @throws TypeError for an object: all who were named “[object Object]” would be one person
 */
export function identify(id: unknown): void {
  if (isNobody(id)) return clearIdentity();
  if (typeof id == 'object' || typeof id == 'function') throw new TypeError('identify takes a text');
  const anonymous = nameVisitor(String(id));
  if (anonymous) alias(id, anonymous);
}

/** `clearIdentity()`: the next visitor of this browser is someone else; does nothing to an anonymous one. */
export function clearIdentity(): void {
  forgetVisitor();
}
